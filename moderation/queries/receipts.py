"""The receipt behind a score: the log of one comment, line by line."""

from dataclasses import dataclass

from comments.models import Comment
from comments.rules import score_words
from forum.rulebook.queries import Policies
from moderation import rules
from moderation.models import Moderation


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
    policy_id = comment.policy_id
    for moderation in comment.moderations.in_order():
        if moderation.withdrawn_at:
            lines.append(ReceiptLine(moderation, None, False))
            continue
        line = rules.Line(moderation.reason, moderation.delta, moderation.sets_score)
        after = rules.step(score, line)
        lines.append(ReceiptLine(moderation, after, line.sets_score is None and after != score + line.delta))
        score, policy_id = after, moderation.policy_id
        active.append(line)
    outcome = rules.replay(
        start_score=comment.start_score,
        start_label=comment.start_label,
        had_bonus=comment.had_bonus,
        lines=active,
        numbers=Policies()[policy_id],
    )
    return Receipt(comment, lines, outcome)
