"""Tokens: who may be given points. Every change of a balance is a row; the balance is their sum."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from forum.rulebook.models import PolicyVersion


class Moderator(models.Model):
    """A member as a moderator; made when there is something to keep. Its row is the lock of the member's tokens."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="moderator"
    )
    tokens = models.IntegerField(default=0, help_text="The sum of the member's token entries.")
    granted_at = models.DateTimeField(null=True, help_text="The last grant of points (Slash: lastgranted).")
    barred_until = models.DateTimeField(null=True, help_text="No points and no moderating before this.")
    barred_because = models.CharField(max_length=200, blank=True)
    bars = models.PositiveSmallIntegerField(default=0, help_text="How often staff barred this moderator.")

    class Meta:
        default_permissions = ("view",)
        permissions = (("bar_moderator", "Can bar members from moderating"),)

    def __str__(self):
        return f"{self.member} as a moderator"


class EconomyRun(models.Model):
    """One run of the economy: what it took in, what it gave out. One row an hour, by constraint."""

    slot = models.DateTimeField(unique=True, help_text="The hour, or the day of a daily grant.")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, db_index=False, related_name="+")
    ran_at = models.DateTimeField()
    last_comment = models.BigIntegerField(default=0, help_text="The newest comment that was counted.")
    last_entry = models.BigIntegerField(default=0, help_text="The newest expiry of points that was recycled.")
    comment_count = models.PositiveIntegerField(default=0, help_text="New comments.")
    points_recycled = models.PositiveIntegerField(default=0)
    token_supply = models.PositiveIntegerField(default=0, help_text="Tokens for the comments and the recycled points.")
    tokens_given = models.PositiveIntegerField(default=0)
    eligible_count = models.PositiveIntegerField(default=0)
    receiver_count = models.PositiveIntegerField(default=0, help_text="Members who got tokens.")
    grant_count = models.PositiveIntegerField(default=0)
    points_granted = models.PositiveIntegerField(default=0)
    seed = models.BigIntegerField(default=0, help_text="Of the lots that were drawn.")

    class Meta:
        ordering = ("-id",)
        verbose_name = "run of the economy"
        verbose_name_plural = "runs of the economy"
        default_permissions = ("view",)

    def __str__(self):
        return f"{self.slot:%Y-%m-%d %H:%M}"


class TokenEntry(models.Model):
    """One change of a member's tokens. ``amount`` is what happened, ``asked`` what would have without the limits."""

    class Kind(models.TextChoices):
        DRAWN = "drawn", "Drawn by lot"
        PRICE = "price", "Price of a grant"
        EXPIRY = "expiry", "Points expired unused"
        DECAY = "decay", "Away for long, or low karma"
        BLIND = "blind", "A reason that nobody metamoderates"
        BLIND_BACK = "unblind", "That moderation was taken back"
        KARMA = "karma", "An own comment was moderated down"
        VOTED = "voted", "An own vote in metamoderation"
        JUDGED = "judged", "An own moderation was judged"
        REPEATED = "repeated", "The same author again and again"
        STAFF = "staff", "By staff"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="token_entries")
    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.IntegerField()
    asked = models.IntegerField()
    balance = models.IntegerField(help_text="After it.")
    run = models.ForeignKey(EconomyRun, on_delete=models.PROTECT, null=True, related_name="token_entries")
    grant = models.ForeignKey("PointGrant", on_delete=models.PROTECT, null=True, related_name="token_entries")
    moderation = models.ForeignKey("Moderation", on_delete=models.PROTECT, null=True, related_name="token_entries")
    verdict = models.ForeignKey("Verdict", on_delete=models.PROTECT, null=True, related_name="token_entries")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "token entries"
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                condition=Q(asked__gte=0, amount__gte=0, amount__lte=F("asked"))
                | Q(asked__lte=0, amount__lte=0, amount__gte=F("asked")),
                name="tokens_between_nothing_and_asked",
            ),
            models.UniqueConstraint(
                fields=["run", "member", "kind"], condition=Q(run__isnull=False), name="tokens_once_per_run"
            ),
        )
        indexes = (
            models.Index(fields=["member", "id"], name="token_entries_of_member"),
            models.Index(fields=["entered_at"], name="token_entries_by_time"),
        )

    def __str__(self):
        return f"{self.amount:+d} {self.get_kind_display()}"


class ReadHour(models.Model):
    """How many pages of discussions a member opened in one hour: what eligibility asks. Forgotten after some days."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField()
    hits = models.PositiveIntegerField(default=1)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["member", "hour"], name="one_count_an_hour"),)
        indexes = (models.Index(fields=["hour"], name="reads_by_hour"),)

    def __str__(self):
        return f"{self.hits} at {self.hour:%Y-%m-%d %H:%M}"
