"""A moderator's desk on a discussion's page: what may be moderated, with how many points."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from comments.models import Comment, Discussion
from comments.queries import CommentRow
from comments.rules import signed
from forum.accounts.models import User
from forum.compiled import Compiled
from forum.presets import Policy
from forum.rulebook.queries import policy_in_force
from moderation.models import Moderation, Moderator, PointGrant


@dataclass(frozen=True, slots=True)
class Given:
    """A moderation of the member's own, as its comment shows it. ``undo_seconds``: how long it can be taken back."""

    given: str  # the reason
    undo_link: str = ""
    undo_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What a member may do as a moderator of one discussion. ``words``: why nothing, empty if something."""

    points: int
    words: str
    own: dict[int, Given]  # by comment, for the member's active moderations here
    member_id: int
    oldest: datetime  # comments from before are too old
    opened_at: datetime  # of the discussion; counts for comments of an archive, whose own time is not known
    numbers: Policy
    karma: int

    @property
    def is_open(self) -> bool:
        return self.points > 0 and not self.words

    @property
    def points_words(self) -> str:
        return points_words(self.points)

    @property
    def can_undo(self) -> bool:
        return any(given.undo_link for given in self.own.values())

    @property
    def choices(self) -> list[tuple[int, str]]:
        return reason_choices(self.numbers, karma=self.karma)


def reason_choices(numbers: Policy, *, karma: int) -> list[tuple[int, str]]:
    """The reasons this policy offers a moderator of this karma, each with what it does to the score."""
    offered = [rule for rule in numbers.reasons if rule.score >= 0 or karma >= numbers.down_karma_min]
    return [(rule.number, f"{rule.name} {signed(rule.score)}") for rule in offered]


def points_words(points: int) -> str:
    return f"{points} mod point" if points == 1 else f"{points} mod points"


LEFT = Compiled(
    lambda member, now: PointGrant.objects.of(member).spendable(now).order_by().values_list("points_left", flat=True)
)
OWN = Compiled(
    lambda member, discussion: Moderation.objects.active().by(member).in_discussion(discussion).filter(sets_score=None)
)


def points_of(member: User, now: datetime) -> int:
    """Mod points a member can spend now."""
    return sum(LEFT.all(member.pk, now))


def load_desk(*, member, discussion: Discussion, now: datetime) -> Desk | None:
    """The member's desk for this discussion; None for visitors and for members who have nothing to do with it."""
    if not member.is_authenticated:
        return None
    points = points_of(member, now)
    own = OWN.all(member.pk, discussion.pk)
    if not points and not own:
        return None
    numbers = policy_in_force()
    words = _why_not(member, discussion, now, numbers)
    given = {moderation.comment_id: as_given(moderation, numbers, now) for moderation in own}
    return Desk(points, words, given, member.pk, now - numbers.window, discussion.opens_at, numbers, member.karma)


def as_given(moderation: Moderation, numbers: Policy, now: datetime) -> Given:
    """A member's own moderation, with the way to take it back while there is time."""
    left = int((moderation.moderated_at + numbers.undo_within - now).total_seconds())
    if left < 1:
        return Given(moderation.words)
    return Given(moderation.words, reverse("undo_moderation", args=[moderation.pk]), left)


def may_moderate(desk: Desk, row: CommentRow) -> bool:
    """Whether a comment of the thread can be moderated by this member, as far as its row tells."""
    is_fresh = (row.posted_at or desk.opened_at) >= desk.oldest
    return desk.is_open and is_fresh and row.id not in desk.own and row.author_id != desk.member_id


def _why_not(member: User, discussion: Discussion, now: datetime, numbers: Policy) -> str:
    if not discussion.is_open(now):
        return "This discussion is closed, so its scores stay as they are."
    if words := why_barred(member, now):
        return words
    if numbers.is_exclusive and Comment.objects.filter(discussion=discussion, author=member).exists():
        return "You have posted in this discussion, so you cannot moderate in it."
    return ""


def why_barred(member: User, now: datetime) -> str:
    """Why this member may moderate nowhere at present, in words; "" if nothing stands against it."""
    if member.banned_at:
        return "You may not moderate at present."
    barred = Moderator.objects.filter(pk=member.pk, barred_until__gt=now).first()
    return f"Staff have barred you from moderating until {barred.barred_until:%Y-%m-%d}." if barred else ""


def own_moderation_count(*, member, discussion: Discussion) -> int:
    """How many moderations of the member a post under the own name would withdraw here."""
    if not member.is_authenticated or not policy_in_force().is_exclusive:
        return 0
    return Moderation.objects.active().by(member).in_discussion(discussion).filter(sets_score=None).count()
