"""The moderation log and the grants of mod points: scores and balances are computed from them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from comments.models import Comment
from forum import policy
from forum.accounts.models import KarmaChange


class GrantQuerySet(models.QuerySet):
    def of(self, member):
        return self.filter(member=member)

    def spendable(self, now):
        return self.filter(points_left__gte=1, expires_at__gt=now)

    def overdue(self, now):
        return self.filter(points_left__gte=1, expires_at__lte=now)


class PointGrant(models.Model):
    """Some mod points given to one member at one time. Granted = left + spent (log rows that name it) + expired."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="point_grants")
    points_granted = models.PositiveSmallIntegerField()
    points_left = models.PositiveSmallIntegerField()
    points_expired = models.PositiveSmallIntegerField(default=0)
    cause = models.CharField(max_length=200)
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
            models.CheckConstraint(condition=Q(expires_at__gt=F("granted_at")), name="points_expire_after_grant"),
            models.UniqueConstraint(fields=["member", "granted_on"], name="one_daily_grant_per_member"),
        )
        indexes = (
            models.Index(fields=["expires_at"], condition=Q(points_left__gte=1), name="grants_with_points_left"),
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


class Moderation(models.Model):
    """One line of the moderation log. A comment's score is the replay of its active lines from its starting score."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="moderations")
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="moderations")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="moderations_received"
    )
    reason = models.PositiveSmallIntegerField(choices=[(number, r.name) for number, r in policy.REASONS.items()])
    delta = models.SmallIntegerField(help_text="What the reason did to the score when it was given.")
    grant = models.ForeignKey(PointGrant, on_delete=models.PROTECT, related_name="moderations")
    karma_change = models.OneToOneField(KarmaChange, on_delete=models.PROTECT, null=True, related_name="moderation")
    moderated_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)

    objects = ModerationQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("set_back_comment", "Can withdraw every moderation of a comment"),)
        constraints = (
            models.UniqueConstraint(
                fields=["comment", "moderator"], condition=Q(withdrawn_at=None), name="one_moderation_per_comment"
            ),
            models.CheckConstraint(condition=~Q(author=F("moderator")), name="nobody_moderates_himself"),
            models.CheckConstraint(condition=Q(delta__in=(-1, 0, 1)), name="moderation_by_one_point"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because="")),
                name="withdrawn_with_a_cause",
            ),
        )
        indexes = (models.Index(fields=["moderator", "-id"], name="moderations_by_member"),)

    def __str__(self):
        return f"{self.get_reason_display()} on #{self.comment_id}"
