"""The moderation log and the ledger of mod points: scores and balances are computed from them.

Rows are only ever added. ``withdrawn_at``, ``points_left`` and ``points_expired`` are copies, for constraints and
reading, of what the later rows (Reversal, PointEntry) say; ``manage.py replay`` holds them against each other.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from comments.models import Comment
from forum import policy
from forum.accounts.models import KarmaChange, StaffAct
from forum.rulebook.models import PolicyVersion

SCORES = tuple(policy.SCORES)


class GrantQuerySet(models.QuerySet):
    def of(self, member):
        return self.filter(member=member)

    def spendable(self, now):
        return self.filter(points_left__gte=1, expires_at__gt=now)

    def overdue(self, now):
        return self.filter(points_left__gte=1, expires_at__lte=now)


class PointGrant(models.Model):
    """Some mod points given to one member at one time.

    Granted + returned = left + spent (moderations that name it) + expired or removed (PointEntry).
    """

    class Kind(models.TextChoices):
        DAILY = "daily", "Daily grant"
        TOKENS = "tokens", "Bought by tokens"
        STANDBY = "standby", "On stand-by, since too few had points"
        STAFF = "staff", "Given by staff"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="point_grants")
    points_granted = models.PositiveSmallIntegerField()
    points_left = models.PositiveSmallIntegerField()
    points_expired = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.STAFF)
    cause = models.CharField(max_length=200)
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    run = models.ForeignKey("EconomyRun", on_delete=models.PROTECT, null=True, related_name="grants")
    granted_on = models.DateField(null=True, help_text="The day of a daily grant; empty for one by staff.")
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = "grant of mod points"
        verbose_name_plural = "grants of mod points"
        default_permissions = ("view",)
        permissions = (("grant_points", "Can give and take mod points"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(points_left__gte=0, points_expired__gte=0, points_granted__gte=1),
                name="points_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(points_granted__gte=F("points_left") + F("points_expired")), name="points_left_were_granted"
            ),
            models.UniqueConstraint(fields=["member", "run"], name="one_grant_per_member_and_run"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("granted_at")), name="points_expire_after_grant"),
            models.UniqueConstraint(fields=["member", "granted_on"], name="one_daily_grant_per_member"),
        )
        indexes = (
            models.Index(fields=["expires_at"], condition=Q(points_left__gte=1), name="grants_with_points_left"),
            models.Index(fields=["granted_at"], name="grants_by_time"),
        )

    def __str__(self):
        return f"{self.points_left} of {self.points_granted} points, {self.cause}"


class ModerationQuerySet(models.QuerySet):
    def active(self):
        return self.filter(withdrawn_at=None)

    def by(self, member):
        return self.filter(moderator=member)

    def in_discussion(self, discussion):
        return self.filter(comment__discussion=discussion)

    def in_order(self):
        return self.order_by("id")

    def to_judge(self):
        """Those that metamoderators are asked about: active, and neither settled nor given up."""
        return self.active().filter(votes_wanted__gte=1, judging_ended_at=None)


class Moderation(models.Model):
    """One line of the moderation log. A comment's score is the replay of its active lines from its starting score.

    Either a moderator's point with its ``reason``, or a correction by staff: ``sets_score`` is the score from there on.
    """

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="moderations")
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="moderations")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="moderations_received"
    )
    reason = models.PositiveSmallIntegerField(
        null=True, choices=[(number, r.name) for number, r in policy.REASONS.items()]
    )
    delta = models.SmallIntegerField(help_text="What the reason did to the score when it was given.")
    sets_score = models.SmallIntegerField(
        null=True, help_text="The score staff gave it; empty for a moderator's point."
    )
    grant = models.ForeignKey(PointGrant, on_delete=models.PROTECT, null=True, related_name="moderations")
    karma_change = models.OneToOneField(KarmaChange, on_delete=models.PROTECT, null=True, related_name="moderation")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    act = models.ForeignKey(StaffAct, on_delete=models.PROTECT, null=True, related_name="moderations")
    votes_wanted = models.PositiveSmallIntegerField(default=0, help_text="Metamoderators asked; 0: none.")
    judging_ended_at = models.DateTimeField(null=True, help_text="Settled by a verdict, or given up without one.")
    moderated_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)

    objects = ModerationQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("set_back_comment", "Can withdraw every moderation of a comment"),)
        constraints = (
            models.UniqueConstraint(
                fields=["comment", "moderator"],
                condition=Q(withdrawn_at=None, sets_score=None),
                name="one_moderation_per_comment",
            ),
            models.CheckConstraint(
                condition=Q(reason__isnull=False, sets_score=None, grant__isnull=False)
                | Q(
                    reason=None, grant=None, delta=0, sets_score__gte=policy.SCORE_MIN, sets_score__lte=policy.SCORE_MAX
                ),
                name="a_point_or_a_correction",
            ),
            models.CheckConstraint(condition=~Q(author=F("moderator")), name="nobody_moderates_himself"),
            models.CheckConstraint(condition=Q(delta__in=(-1, 0, 1)), name="moderation_by_one_point"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because="")),
                name="withdrawn_with_a_cause",
            ),
        )
        indexes = (
            models.Index(fields=["moderator", "-id"], name="moderations_by_member"),
            models.Index(fields=["moderator", "author", "moderated_at"], name="moderations_of_a_pair"),
            models.Index(
                fields=["id"],
                condition=Q(withdrawn_at=None, votes_wanted__gte=1, judging_ended_at=None),
                name="moderations_to_judge",
            ),
            models.Index(fields=["moderated_at"], name="moderations_by_time"),
            # The admin lists them by number, and there may be none in a long log.
            models.Index(fields=["id"], condition=Q(withdrawn_at__isnull=False), name="moderations_withdrawn"),
        )

    def __str__(self):
        return f"{self.words} on #{self.comment_id}"

    @property
    def words(self) -> str:
        """What it says: the reason, or the score that staff set."""
        return self.get_reason_display() if self.sets_score is None else f"Score set to {self.sets_score}"


class Reversal(models.Model):
    """A moderation taken back or put back: the odd ones of a moderation withdraw it, the even ones restore it."""

    class Kind(models.TextChoices):
        POSTED = "posted", "The moderator posted in the discussion."
        UNDONE = "undone", "The moderator took it back at once."
        STAFF = "staff", "Set back by staff."
        BARRED = "barred", "The moderator was barred from moderating."
        RESTORED = "restored", "Put back: the act that withdrew it was undone."

    moderation = models.ForeignKey(Moderation, on_delete=models.PROTECT, related_name="reversals")
    number = models.PositiveSmallIntegerField(help_text="1 withdraws, 2 puts back, 3 withdraws again ...")
    kind = models.CharField(max_length=10, choices=Kind)
    cause = models.CharField(max_length=200)
    act = models.ForeignKey(StaffAct, on_delete=models.PROTECT, null=True, related_name="reversals")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    reversed_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        default_permissions = ("view",)
        constraints = (
            # Two who withdraw the same at once would both add number 1: one wins.
            models.UniqueConstraint(fields=["moderation", "number"], name="reversals_in_turn"),
            models.CheckConstraint(condition=Q(number__gte=1), name="reversals_counted_from_1"),
        )
        indexes = (models.Index(fields=["reversed_at"], name="reversals_by_time"),)

    def __str__(self):
        return f"{self.get_kind_display()} ({self.moderation_id})"


class PointEntry(models.Model):
    """What became of a grant's points beside being spent: a point returned, points expired or removed."""

    class Kind(models.TextChoices):
        RETURNED = "returned", "Returned"
        EXPIRED = "expired", "Expired"
        REMOVED = "removed", "Removed by staff"

    grant = models.ForeignKey(PointGrant, on_delete=models.PROTECT, related_name="entries")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="point_entries")
    kind = models.CharField(max_length=10, choices=Kind)
    points = models.PositiveSmallIntegerField()
    moderation = models.OneToOneField(Moderation, on_delete=models.PROTECT, null=True, related_name="returned_point")
    cause = models.CharField(max_length=200)
    act = models.ForeignKey(StaffAct, on_delete=models.PROTECT, null=True, related_name="+")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        verbose_name = "entry of mod points"
        verbose_name_plural = "entries of mod points"
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(condition=Q(points__gte=1), name="entry_of_some_points"),
            models.CheckConstraint(
                condition=Q(kind="returned", moderation__isnull=False, points=1)
                | (~Q(kind="returned") & Q(moderation=None)),
                name="returned_for_a_moderation",
            ),
        )
        indexes = (models.Index(fields=["kind", "entered_at"], name="point_entries_by_time"),)

    def __str__(self):
        return f"{self.points} {self.get_kind_display()}"
