"""Readers' flags, appeals against acts of staff, and acts on many comments at once."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from comments.models import Comment
from forum import policy
from forum.accounts.models import StaffAct

REASON_MAX = 200  # characters, as in the record of staff acts
WORDS_MAX = policy.APPEAL_MAX


class FlagQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(settled_at=None)


class Flag(models.Model):
    """A reader's word to staff that a comment breaks the law or the rules; not for what is merely wrong or dull."""

    class Kind(models.TextChoices):
        ILLEGAL = "illegal", "Breaks the law"
        PRIVATE = "private", "Reveals somebody's private details"
        THREAT = "threat", "Threatens or harasses somebody"
        SPAM = "spam", "Advertising"
        OTHER = "other", "Breaks the rules in another way"

    class Outcome(models.TextChoices):
        OPEN = "", "Waiting"
        ACTED = "acted", "Staff acted"
        DISMISSED = "dismissed", "Nothing to do"

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="flags")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="flags")
    kind = models.CharField(max_length=10, choices=Kind)
    words = models.CharField(max_length=REASON_MAX, blank=True)
    flagged_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    act = models.ForeignKey(StaffAct, on_delete=models.PROTECT, null=True, related_name="flags")
    settled_at = models.DateTimeField(null=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("settle_flag", "Can settle flags"),)
        constraints = (
            models.UniqueConstraint(fields=["comment", "member"], name="one_flag_per_reader"),
            models.CheckConstraint(
                condition=Q(outcome="", settled_at=None) | (~Q(outcome="") & Q(settled_at__isnull=False)),
                name="flag_settled_with_an_outcome",
            ),
        )
        indexes = (models.Index(fields=["flagged_at"], condition=Q(settled_at=None), name="flags_waiting"),)

    def __str__(self):
        return f"{self.get_kind_display()}: #{self.comment_id}"


class AppealQuerySet(models.QuerySet):
    def waiting(self):
        """Those that somebody still has to decide; nobody has to where the act was undone meanwhile."""
        return self.filter(decided_at=None, act__undone_by=None)

    def due(self, before):
        return self.waiting().filter(due_at__lte=before)


class Appeal(models.Model):
    """The one appeal against an act of staff, by whom it hit, decided by somebody else than who acted."""

    class Outcome(models.TextChoices):
        OPEN = "", "Waiting"
        UPHELD = "upheld", "The act stands"
        OVERTURNED = "overturned", "The act was undone"

    act = models.OneToOneField(StaffAct, on_delete=models.PROTECT, related_name="appeal")
    acted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    appellant = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="appeals")
    words = models.TextField(max_length=WORDS_MAX)
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="appeals_decided"
    )
    answer = models.TextField(max_length=WORDS_MAX, blank=True)
    decided_at = models.DateTimeField(null=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("decide_appeal", "Can decide appeals"),)
        constraints = (
            models.CheckConstraint(condition=~Q(decided_by=F("acted_by")), name="appeal_decided_by_another"),
            models.CheckConstraint(condition=~Q(decided_by=F("appellant")), name="nobody_decides_an_own_appeal"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None, decided_by=None)
                | (~Q(outcome="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="appeal_decided_by_somebody",
            ),
        )
        indexes = (models.Index(fields=["due_at"], condition=Q(decided_at=None), name="appeals_waiting"),)

    def __str__(self):
        return f"appeal of {self.appellant} against {self.act}"


class BulkActQuerySet(models.QuerySet):
    def under_way(self):
        return self.filter(state__in=(BulkAct.State.RUNNING, BulkAct.State.UNDOING))


class BulkAct(models.Model):
    """One act of staff on many comments: proposed, perhaps seconded, done in chunks by a job, undoable as one."""

    class Kind(models.TextChoices):
        HIDE_SUBTREE = "hide-subtree", "Hide a comment and everything beneath it"
        HIDE_NEWEST = "hide-newest", "Hide a member's newest comments"
        SET_BACK_MODERATOR = "set-back", "Withdraw a member's newest moderations"

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waiting for a second member of staff"
        RUNNING = "running", "Under way"
        DONE = "done", "Done"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"
        REJECTED = "rejected", "Rejected"

    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, null=True, related_name="bulk_acts")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=REASON_MAX)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_acts")
    seconded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    act = models.OneToOneField(StaffAct, on_delete=models.PROTECT, null=True, related_name="bulk_act")
    item_count = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0, help_text="Items done, or undone while it is being undone.")
    proposed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = BulkActQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name = "mass act"
        default_permissions = ("view",)
        permissions = (("act_in_bulk", "Can act on many comments at once"),)
        constraints = (
            models.CheckConstraint(condition=~Q(seconded_by=F("proposed_by")), name="seconded_by_another"),
            models.CheckConstraint(
                condition=Q(comment__isnull=False, member=None) | Q(comment=None, member__isnull=False),
                name="mass_act_on_a_comment_or_a_member",
            ),
        )

    def __str__(self):
        return f"{self.get_kind_display()} ({self.pk})"


class BulkItem(models.Model):
    """One comment, or one moderation, of a mass act, and whether it was really changed by it."""

    bulk_act = models.ForeignKey(BulkAct, on_delete=models.CASCADE, related_name="items")
    row_id = models.BigIntegerField(help_text="Of the comment or the moderation.")
    is_changed = models.BooleanField(default=False, help_text="By this act; what was so before is left so when undone.")
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["bulk_act", "row_id"], name="each_row_once_in_a_mass_act"),)

    def __str__(self):
        return f"{self.row_id} of {self.bulk_act_id}"
