"""One row for each job of the timetable: the claim that keeps two runners apart, and what the operator reads."""

from django.db import models
from django.db.models import Q

from forum import policy


class JobRunQuerySet(models.QuerySet):
    def due(self, *, every, now):
        """Jobs whose time has come again and that nobody alive is doing."""
        patience = policy.JOB_CLAIM_LIFETIME
        never = Q(started_at=None)
        # A clock that was set back would otherwise keep a job waiting for the time it had already reached.
        ahead = Q(started_at__gt=now + patience)
        idle = Q(finished_at__isnull=False) | Q(started_at__lt=now - patience)
        return self.filter(never | ahead | (idle & Q(started_at__lte=now - every + policy.JOB_EARLY)))


class JobRun(models.Model):
    """The last run of one job, by whichever runner: run_due_jobs, or a worker that the beat told."""

    name = models.CharField(max_length=120, unique=True, help_text="The job, by the path of its function.")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True, help_text="Empty while it runs, or when its runner died.")
    last_result = models.CharField(max_length=200, blank=True, help_text="What it said: mostly how many rows.")
    last_error = models.CharField(max_length=1000, blank=True, help_text="Empty when it ended well.")

    objects = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(started_at__isnull=False), name="finished_job_was_started"
            ),
        )

    def __str__(self):
        return self.name
