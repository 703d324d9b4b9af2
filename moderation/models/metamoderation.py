"""Metamoderation: members judge moderations, blind, and the verdict has consequences."""

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from forum.accounts.models import KarmaChange, User
from forum.rulebook.models import PolicyVersion
from moderation.models.log import Moderation
from moderation.rules.metamoderation import Standing


class SittingQuerySet(models.QuerySet):
    def open(self):
        return self.filter(answered_at=None)

    def standing_of(self, member) -> Standing:
        """What decides whether a member may metamoderate, as the rows say now; one statement."""
        answered = self.filter(member=OuterRef("pk"), answered_at__isnull=False).order_by("-answered_at")
        # Counted from the oldest there is, for a site's first numbers may have gone.
        newest, oldest = (Subquery(User.objects.order_by(way).values("pk")[:1]) for way in ("-pk", "pk"))
        columns = ("karma", "joined_at", "is_willing_to_moderate", "banned_at", "moderator__barred_until")
        row = User.objects.filter(pk=member.pk).values_list(
            F("pk") - oldest + 1, *columns, newest - oldest + 1, Subquery(answered.values("answered_at")[:1])
        )
        return Standing(*row.get())


class MetaSitting(models.Model):
    """The moderations one member was given to judge; the same until they are answered."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="meta_sittings")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, db_index=False, related_name="+")
    drawn_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    objects = SittingQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=["member"], condition=Q(answered_at=None), name="one_open_sitting_per_member"
            ),
        )

    def __str__(self):
        return f"sitting of {self.member} at {self.drawn_at:%Y-%m-%d %H:%M}"


class MetaVote(models.Model):
    """One member's word on one moderation; empty until it is given. A twin's vote came with that on its like."""

    class Word(models.TextChoices):
        FAIR = "fair", "Fair"
        UNFAIR = "unfair", "Unfair"
        NONE = "none", "No opinion"

    sitting = models.ForeignKey(MetaSitting, on_delete=models.CASCADE, related_name="votes")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="meta_votes")
    moderation = models.ForeignKey(Moderation, on_delete=models.PROTECT, related_name="meta_votes")
    place = models.PositiveSmallIntegerField(help_text="On the page, from 1; a twin has its like's.")
    word = models.CharField(max_length=6, choices=Word, blank=True)
    is_twin = models.BooleanField(default=False)
    counts = models.BooleanField(
        default=False,
        help_text="Fair or unfair, in time, and by a member whose words count: the verdict is made of these.",
    )
    voted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("sitting", "place", "id")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=["member", "moderation"], name="one_vote_per_moderation"),
            models.CheckConstraint(
                condition=Q(word="", voted_at=None) | (~Q(word="") & Q(voted_at__isnull=False)),
                name="voted_with_a_word",
            ),
            models.CheckConstraint(
                condition=Q(counts=False) | Q(word__in=("fair", "unfair")), name="only_opinions_count"
            ),
        )

    def __str__(self):
        return f"{self.word or 'no word yet'} on {self.moderation_id}"


class Verdict(models.Model):
    """What metamoderators found of one moderation, once and for all."""

    moderation = models.OneToOneField(Moderation, on_delete=models.PROTECT, related_name="verdict")
    fair_votes = models.PositiveSmallIntegerField()
    unfair_votes = models.PositiveSmallIntegerField()
    is_fair = models.BooleanField()
    karma_change = models.OneToOneField(KarmaChange, on_delete=models.PROTECT, null=True, related_name="verdict")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, db_index=False, related_name="+")
    settled_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(condition=Q(fair_votes__gte=1) | Q(unfair_votes__gte=1), name="verdict_has_votes"),
        )
        indexes = (models.Index(fields=["settled_at"], name="verdicts_by_time"),)

    def __str__(self):
        return f"{self.fair_votes} fair, {self.unfair_votes} unfair"

    @property
    def words(self) -> str:
        """As on receipts: what was found, and by how many of how many."""
        word, votes = ("fair", self.fair_votes) if self.is_fair else ("unfair", self.unfair_votes)
        return f"{word} ({votes} of {self.fair_votes + self.unfair_votes})"
