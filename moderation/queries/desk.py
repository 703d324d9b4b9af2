"""A moderator's desk on a discussion's page: what may be moderated, with how many points."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from comments.models import Comment, Discussion
from comments.queries import Thread
from forum import policy
from forum.accounts.models import User
from forum.presets import Policy
from forum.rulebook.queries import policy_in_force
from moderation.models import Moderation, PointGrant


@dataclass(frozen=True, slots=True)
class Desk:
    """What a member may do as a moderator of one discussion. ``words``: why nothing, empty if something."""

    points: int
    words: str
    own: dict[int, str]  # comment -> reason given, for the member's active moderations here
    member_id: int
    oldest: datetime  # comments from before are too old
    opened_at: datetime  # of the discussion; counts for comments of an archive, whose own time is not known
    numbers: Policy

    @property
    def is_open(self) -> bool:
        return self.points > 0 and not self.words

    @property
    def choices(self) -> list[tuple[int, str]]:
        return [(rule.number, f"{rule.name} {rule.score:+d}") for rule in self.numbers.reasons]


def points_of(member: User, now: datetime) -> int:
    """Mod points a member can spend now."""
    return PointGrant.objects.of(member).spendable(now).aggregate(points=Sum("points_left", default=0))["points"]


def load_desk(*, member, discussion: Discussion, now: datetime) -> Desk | None:
    """The member's desk for this discussion; None for visitors and for members who have nothing to do with it."""
    if not member.is_authenticated:
        return None
    points = points_of(member, now)
    own = Moderation.objects.active().by(member).in_discussion(discussion).filter(sets_score=None)
    given = {comment: policy.REASONS[reason].name for comment, reason in own.values_list("comment_id", "reason")}
    if not points and not given:
        return None
    numbers = policy_in_force()
    words = _why_not(member, discussion, now, numbers)
    return Desk(points, words, given, member.pk, now - numbers.window, discussion.opens_at, numbers)


def lay_out_desk(*, desk: Desk | None, thread: Thread) -> None:
    """Say at each comment of a thread what this member gave it, and whether it can still be moderated."""
    for entry in thread.entries if desk else ():
        row = entry.row
        row.given = desk.own.get(row.id, "")
        is_fresh = (row.posted_at or desk.opened_at) >= desk.oldest
        row.may_moderate = desk.is_open and is_fresh and not row.given and row.author_id != desk.member_id


def _why_not(member: User, discussion: Discussion, now: datetime, numbers: Policy) -> str:
    if not discussion.is_open(now):
        return "This discussion is closed, so its scores stay as they are."
    if member.banned_at:
        return "You may not moderate at present."
    if numbers.is_exclusive and Comment.objects.filter(discussion=discussion, author=member).exists():
        return "You have posted in this discussion, so you cannot moderate in it."
    return ""


def own_moderation_count(*, member, discussion: Discussion) -> int:
    """How many moderations of the member a post under the own name would withdraw here."""
    if not member.is_authenticated or not policy_in_force().is_exclusive:
        return 0
    return Moderation.objects.active().by(member).in_discussion(discussion).filter(sets_score=None).count()
