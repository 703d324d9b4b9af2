"""What a comment and its moderations keep of the log: score, label, bonus, and whether each line counts.

The log is the truth: the moderations of a comment in their order, and of each the reversals, of which the odd ones
withdraw it and the even ones put it back. Reads only.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef

from comments.models import Comment
from forum import policy
from forum.rulebook.queries import Policies
from moderation import rules
from moderation.models import Moderation


class Withdrawal(NamedTuple):
    """Whether a moderation is withdrawn: since when and why, or neither."""

    at: datetime | None = None
    because: str = ""


class WrongScore(NamedTuple):
    """A comment whose derived values are not the replay of its log."""

    discussion_id: int
    comment_id: int
    is_visible: bool
    stored: rules.Outcome
    replayed: rules.Outcome


class WrongWithdrawal(NamedTuple):
    """A moderation that is not withdrawn, or not put back, as its last reversal says."""

    discussion_id: int
    moderation_id: int
    stored: Withdrawal
    logged: Withdrawal


class _Comment(NamedTuple):
    id: int
    discussion_id: int
    hidden_at: datetime | None
    policy_id: int | None
    start_score: int
    start_label: str
    had_bonus: bool
    score: int
    label: str
    has_bonus: bool


class _Line(NamedTuple):
    """One moderation with the latest of its reversals, which are numbered from 1."""

    id: int
    policy_id: int | None
    reason: int | None
    delta: int
    sets_score: int | None
    withdrawn_at: datetime | None
    withdrawn_because: str
    reversal: int | None
    reversed_at: datetime | None
    cause: str | None

    @property
    def logged(self) -> Withdrawal:
        return Withdrawal(self.reversed_at, self.cause) if rules.is_withdrawn(self.reversal) else Withdrawal()


OF_COMMENT = tuple(f"comment__{name}" for name in _Comment._fields)
OF_LINE = (*_Line._fields[:7], "reversals__number", "reversals__reversed_at", "reversals__cause")


def out_of_step(**of_comments) -> Iterator[WrongScore | WrongWithdrawal]:
    """Every copy that differs from the log, in constant memory; ``of_comments`` narrows them (``discussion=3``).

    Moderations come sorted by comment in one statement, so that what is stored and what is logged are of one moment.
    """
    policies = Policies()
    for comment, lines in _moderated(of_comments):
        for line in lines:
            if line.reversal or line.withdrawn_at or line.withdrawn_because:
                stored = Withdrawal(line.withdrawn_at, line.withdrawn_because)
                if stored != line.logged:
                    yield WrongWithdrawal(comment.discussion_id, line.id, stored, line.logged)
        active = [line for line in lines if not rules.is_withdrawn(line.reversal)]
        if not any(map(_is_riddle, active)):
            yield from _wrong(comment, _replayed(comment, active, policies))
    for comment in _moved_without_moderation(of_comments):
        yield from _wrong(comment, _started(comment))


def wrong_scores(**of_comments) -> Iterator[WrongScore]:
    """Comments whose score, label or bonus is not the replay of their log."""
    return (one for one in out_of_step(**of_comments) if isinstance(one, WrongScore))


def _moderated(of_comments: dict) -> Iterator[tuple[_Comment, list[_Line]]]:
    log = Moderation.objects.filter(**{f"comment__{name}": value for name, value in of_comments.items()})
    rows = log.order_by("comment_id", "id", "reversals__number").values_list(*OF_COMMENT, *OF_LINE)
    width = len(OF_COMMENT)
    for _, own in groupby(rows.iterator(), key=itemgetter(0)):
        # A moderation that was reversed has a row for each time; the last one says how it stands.
        latest = {row[width]: row for row in own}
        rows_of_comment = list(latest.values())
        yield _Comment(*rows_of_comment[0][:width]), [_Line(*row[width:]) for row in rows_of_comment]


def _is_riddle(line: _Line) -> bool:
    """Whether no replay can read it; what it did to the score is not known."""
    return line.sets_score is None and line.reason not in policy.REASONS


def _replayed(comment: _Comment, active: list[_Line], policies: Policies) -> rules.Outcome:
    return rules.replay(
        start_score=comment.start_score,
        start_label=comment.start_label,
        had_bonus=comment.had_bonus,
        lines=[rules.Line(line.reason, line.delta, line.sets_score) for line in active],
        numbers=policies[active[-1].policy_id if active else comment.policy_id],
    )


def _started(comment: _Comment) -> rules.Outcome:
    return rules.Outcome(comment.start_score, comment.start_label, comment.had_bonus)


def _wrong(comment: _Comment, replayed: rules.Outcome) -> Iterator[WrongScore]:
    stored = rules.Outcome(comment.score, comment.label, comment.has_bonus)
    if stored != replayed:
        yield WrongScore(comment.discussion_id, comment.id, comment.hidden_at is None, stored, replayed)


def _moved_without_moderation(of_comments: dict) -> Iterable[_Comment]:
    """Comments that nobody moderated and that are not as they started: one condition of the database's own."""
    moved = Comment.objects.filter(**of_comments).exclude(
        score=F("start_score"), label=F("start_label"), has_bonus=F("had_bonus")
    )
    unmoderated = moved.exclude(Exists(Moderation.objects.filter(comment=OuterRef("pk"))))
    return map(_Comment._make, unmoderated.order_by("pk").values_list(*_Comment._fields).iterator())
