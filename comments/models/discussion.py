"""What people talk under: a story, later a poll or a journal entry, owns one discussion."""

from django.db import models
from django.db.models import Q

from comments.rules import score_words
from forum import policy

SCORE_COUNTERS = tuple(f"count_{score}".replace("-", "minus_") for score in policy.SCORES)


def score_counter(score: int) -> str:
    """The column that counts the visible comments of this score."""
    return SCORE_COUNTERS[score - policy.SCORE_MIN]


def is_readable(now, of: str = "") -> Q:
    """The condition that readers may see a discussion; ``of`` leads to it from another table: ``discussion__``."""
    return ~Q(**{f"{of}status": Discussion.Status.HIDDEN}) & Q(**{f"{of}opens_at__lte": now})


class DiscussionQuerySet(models.QuerySet):
    def readable(self, now):
        return self.filter(is_readable(now))

    def open(self, now):
        return self.filter(status=Discussion.Status.OPEN, opens_at__lte=now)

    def with_top_comments(self):
        return self.filter(**{f"{score_counter(policy.SCORE_MAX)}__gte": 1})

    def due_for_archive(self, opened_before):
        lately = Q(reopened_at__gte=opened_before)
        return self.filter(status=Discussion.Status.OPEN, opens_at__lt=opened_before).exclude(lately)


class Discussion(models.Model):
    """One discussion; its row is the lock that every change inside it takes first."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        LOCKED = "locked", "Locked by staff"
        ARCHIVED = "archived", "Archived"
        HIDDEN = "hidden", "Hidden"

    title = models.CharField(max_length=policy.ARCHIVE_TITLE_MAX)
    link = models.CharField(max_length=300, help_text="Path of the page that shows the discussion.")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    opens_at = models.DateTimeField()
    reopened_at = models.DateTimeField(null=True, editable=False, help_text="When staff opened it last.")
    version = models.PositiveBigIntegerField(default=0, editable=False, help_text="Changes with all that it shows.")
    comment_count = models.PositiveIntegerField(default=0, editable=False)
    tree_count = models.PositiveBigIntegerField(default=0, editable=False, help_text="Trees ever begun here.")
    count_minus_1 = models.PositiveIntegerField(default=0, editable=False)
    count_0 = models.PositiveIntegerField(default=0, editable=False)
    count_1 = models.PositiveIntegerField(default=0, editable=False)
    count_2 = models.PositiveIntegerField(default=0, editable=False)
    count_3 = models.PositiveIntegerField(default=0, editable=False)
    count_4 = models.PositiveIntegerField(default=0, editable=False)
    count_5 = models.PositiveIntegerField(default=0, editable=False)

    objects = DiscussionQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("lock_discussion", "Can lock, open and archive discussions"),)
        indexes = (
            models.Index(fields=["opens_at"], condition=Q(status="open"), name="discussion_open_since"),
            # The front page asks for the newest of these.
            models.Index(fields=["-opens_at"], condition=Q(count_5__gte=1), name="discussion_with_top_comments"),
        )

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return self.link

    def is_open(self, now) -> bool:
        return self.status == self.Status.OPEN and self.opens_at <= now

    @property
    def hit_parade(self) -> tuple[int, ...]:
        """Visible comments at or above -1, 0, 1 ... 5 (Slash: hitparade)."""
        exact = [getattr(self, name) for name in SCORE_COUNTERS]
        return tuple(sum(exact[place:]) for place in range(len(exact)))

    @property
    def parade_words(self) -> str:
        """The hit parade to be read: ``−1: 12, 0: 11, ...``."""
        counted = zip(policy.SCORES, self.hit_parade, strict=True)
        return ", ".join(f"{score_words(score)}: {count}" for score, count in counted)

    @property
    def parade_bars(self) -> list[str]:
        """The hit parade to be seen: the path of each bar in a box of 138 by 100, the first of them a hundred high."""
        parade = self.hit_parade
        heights = [round(100 * count / (parade[0] or 1)) for count in parade]
        return [f"M{20 * place} 100v-{height}h15v{height}z" for place, height in enumerate(heights)]
