"""What a moderation does, from values alone: score and label as the replay of the log."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comments.rules import clamp_score
from forum import policy


@dataclass(frozen=True, slots=True)
class Outcome:
    """A comment's derived values."""

    score: int
    label: str
    has_bonus: bool


def replay(*, start_score: int, start_label: str, had_bonus: bool, reasons: Sequence[tuple[int, int]]) -> Outcome:
    """The score, label and bonus of a comment after these active moderations, oldest first: (reason, delta) each."""
    return Outcome(
        score=replay_score(start_score, (delta for _, delta in reasons)),
        label=replay_label(reasons) or start_label,
        has_bonus=had_bonus and sum(delta < 0 for _, delta in reasons) < policy.BONUS_LOST_AT_DOWNMODS,
    )


def replay_score(start: int, deltas: Iterable[int]) -> int:
    """The starting score changed step by step, held in -1..5 at each step."""
    score = start
    for delta in deltas:
        score = clamp_score(score + delta)
    return score


def replay_label(reasons: Sequence[tuple[int, int]]) -> str:
    """The most frequent reason in the direction of the net change; of several, the one given last.

    Overrated and Underrated never become the label (Slash: getCommentMostCommonReason). Slash breaks ties by the
    label before, which a withdrawal forgets; ours by the log alone, so that the same log always gives the same label.
    """
    net = sum(delta for _, delta in reasons)
    counted = [r for r, delta in reasons if policy.REASONS[r].is_label and delta * net >= 0]
    last_place = {reason: place for place, reason in enumerate(counted)}
    counts = Counter(counted)
    best = max(counts, key=lambda reason: (counts[reason], last_place[reason]), default=None)
    return policy.REASONS[best].name if best else ""


def check_reason(reason: int, score: int) -> str | None:
    """Why a reason cannot be given to a comment of this score, in words; None if it can."""
    delta = policy.REASONS[reason].score
    if score + delta > policy.SCORE_MAX:
        return f"This comment is at {policy.SCORE_MAX} already, the highest score there is."
    if score + delta < policy.SCORE_MIN:
        return f"This comment is at {policy.SCORE_MIN} already, the lowest score there is."
    return None


def balance(*, granted: int, spent: int, expired: int) -> tuple[int, int]:
    """(left, expired) of a grant, from the points granted and those that the log says were spent.

    What was stored as expired counts as far as there is room for it; left is below 0 if more was spent than granted.
    """
    expired = max(0, min(expired, granted - spent))
    return granted - spent - expired, expired
