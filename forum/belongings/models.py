"""Two wishes about one's own belongings: the last export, and an erasing that waits."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Export(models.Model):
    """When a member last took everything along: a large one is work, so there is a pause between two."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="export"
    )
    exported_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"export of {self.member_id}"


class ErasureQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(due_at__lte=now)


class Erasure(models.Model):
    """A member's wish to be erased, which the member can take back until it is due; the row goes when it is done."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="erasure"
    )
    with_words = models.BooleanField(help_text="The words of all comments go as well; otherwise only the name does.")
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()

    objects = ErasureQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(condition=Q(due_at__gte=F("requested_at")), name="erasure_due_after_the_wish"),
        )
        indexes = (models.Index(fields=["due_at"], name="erasures_by_due_time"),)

    def __str__(self):
        return f"erasure of {self.member_id}"
