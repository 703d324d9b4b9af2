"""Comments that wait for staff, and what is known about the words of spam."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from comments.models import Comment, Discussion
from forum import policy
from forum.accounts.models import Markup, NetworkKey


class HeldQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(outcome="")


class Held(models.Model):
    """What somebody wants to say and staff look at first. It is no comment yet, so nothing counts or shows it."""

    class Outcome(models.TextChoices):
        WAITING = "", "Waiting"
        RELEASED = "released", "Posted"
        REFUSED = "refused", "Refused"

    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="held", db_index=False)
    parent = models.ForeignKey(Comment, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="held")
    # As beside a comment: hashes that nobody can read, and nobody can compare once the key is gone.
    key = models.ForeignKey(NetworkKey, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    network_hash = models.CharField(max_length=32, blank=True, editable=False)
    author_hash = models.CharField(max_length=32, blank=True, editable=False)
    subject = models.CharField(max_length=policy.SUBJECT_MAX)
    source = models.TextField()
    markup = models.CharField(max_length=10, choices=Markup)
    html = models.TextField()
    form_key = models.CharField(max_length=32, null=True, unique=True, editable=False)
    declines_bonus = models.BooleanField(default=False)
    spam = models.FloatField(help_text="The probability that it is spam, when it came.")
    why = models.JSONField(default=list, help_text="The words that decided it, each with its probability.")
    lacks_solution = models.BooleanField(default=False, help_text="It came without the solution of a challenge.")
    held_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    decided_at = models.DateTimeField(null=True)
    comment = models.OneToOneField(Comment, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = HeldQuerySet.as_manager()

    class Meta:
        verbose_name = "waiting comment"
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None) | (~Q(outcome="") & Q(decided_at__isnull=False)),
                name="held_decided_with_an_outcome",
            ),
        )
        indexes = (models.Index(fields=["held_at"], condition=Q(outcome=""), name="held_waiting"),)

    def __str__(self):
        return f"waiting comment {self.pk}"


class SpamWord(models.Model):
    """In how many of the texts that were learned a word stood."""

    word = models.CharField(max_length=policy.SPAM_WORD_LENGTH, primary_key=True)
    spam = models.PositiveIntegerField(default=0)
    other = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.word


class Lesson(models.Model):
    """A text whose words were learned, and as what: each once, so that another decision can take its place."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, null=True, related_name="+")
    held = models.OneToOneField(Held, on_delete=models.CASCADE, null=True, related_name="+")
    is_spam = models.BooleanField()
    words = models.JSONField()
    learned_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=Q(comment=None, held__isnull=False) | Q(comment__isnull=False, held=None),
                name="lesson_of_one_text",
            ),
        )
        indexes = (models.Index(fields=["is_spam"], name="lessons_by_kind"),)

    def __str__(self):
        return f"lesson {self.pk}"
