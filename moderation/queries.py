"""What pages show of moderation: a moderator's desk on a discussion's page, and the receipt behind a score."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from comments.models import Comment, Discussion
from comments.queries import Thread
from comments.rules import score_words
from forum import policy
from forum.accounts.models import User
from moderation import rules
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

    @property
    def is_open(self) -> bool:
        return self.points > 0 and not self.words

    @property
    def choices(self) -> list[tuple[int, str]]:
        return [(number, f"{r.name} {r.score:+d}") for number, r in policy.REASONS.items()]


def points_of(member: User, now: datetime) -> int:
    """Mod points a member can spend now."""
    return PointGrant.objects.of(member).spendable(now).aggregate(points=Sum("points_left", default=0))["points"]


def load_desk(*, member, discussion: Discussion, now: datetime) -> Desk | None:
    """The member's desk for this discussion; None for visitors and for members who have nothing to do with it."""
    if not member.is_authenticated:
        return None
    points = points_of(member, now)
    own = Moderation.objects.active().by(member).in_discussion(discussion)
    given = {comment: policy.REASONS[reason].name for comment, reason in own.values_list("comment_id", "reason")}
    if not points and not given:
        return None
    words = _why_not(member, discussion, now)
    return Desk(points, words, given, member.pk, now - policy.MODERATION_WINDOW, discussion.opens_at)


def lay_out_desk(*, desk: Desk | None, thread: Thread) -> None:
    """Say at each comment of a thread what this member gave it, and whether it can still be moderated."""
    for entry in thread.entries if desk else ():
        row = entry.row
        row.given = desk.own.get(row.id, "")
        is_fresh = (row.posted_at or desk.opened_at) >= desk.oldest
        row.may_moderate = desk.is_open and is_fresh and not row.given and row.author_id != desk.member_id


def _why_not(member: User, discussion: Discussion, now: datetime) -> str:
    if not discussion.is_open(now):
        return "This discussion is closed, so its scores stay as they are."
    if member.banned_at:
        return "You may not moderate at present."
    if Comment.objects.filter(discussion=discussion, author=member).exists():
        return "You have posted in this discussion, so you cannot moderate in it."
    return ""


def own_moderation_count(*, member, discussion: Discussion) -> int:
    """How many moderations of the member a post under the own name would withdraw here."""
    return Moderation.objects.active().by(member).in_discussion(discussion).count() if member.is_authenticated else 0


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One step of a score: the reason, the time, the score after it; ``clamped`` if it met a bound."""

    moderation: Moderation
    score_after: int | None
    clamped: bool

    @property
    def delta_words(self) -> str:
        return f"{self.moderation.delta:+d}".replace("-", "−")

    @property
    def score_words(self) -> str:
        return "" if self.score_after is None else score_words(self.score_after)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Why a comment has its score: the start, each line of the log in order, the result."""

    comment: Comment
    lines: list[ReceiptLine]
    outcome: rules.Outcome

    @property
    def start_words(self) -> str:
        return score_words(self.comment.start_score)


def load_receipt(comment: Comment) -> Receipt:
    """The log of one comment replayed line by line; moderators stay unnamed."""
    lines, score, active = [], comment.start_score, []
    for moderation in comment.moderations.in_order():
        if moderation.withdrawn_at:
            lines.append(ReceiptLine(moderation, None, False))
            continue
        after = rules.replay_score(score, [moderation.delta])
        lines.append(ReceiptLine(moderation, after, after != score + moderation.delta))
        score = after
        active.append((moderation.reason, moderation.delta))
    outcome = rules.replay(
        start_score=comment.start_score, start_label=comment.start_label, had_bonus=comment.had_bonus, reasons=active
    )
    return Receipt(comment, lines, outcome)
