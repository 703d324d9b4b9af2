"""What a moderation does, from values alone: score and label as the replay of the log, and what is refused."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from comments.rules import clamp_score
from forum import policy
from forum.presets import THRESHOLD, Policy, ReasonRule


class Line(NamedTuple):
    """One active line of a comment's log: a reason with what it did, or the score that staff set."""

    reason: int | None
    delta: int
    sets_score: int | None = None


class Outcome(NamedTuple):
    """A comment's derived values."""

    score: int
    label: str
    has_bonus: bool


def replay(
    *, start_score: int, start_label: str, had_bonus: bool, lines: Sequence[Line], numbers: Policy = THRESHOLD
) -> Outcome:
    """The score, label and bonus of a comment after these active lines, oldest first.

    ``numbers``: the policy of the newest of them, which decides how the label is chosen and when the bonus is lost.
    """
    return Outcome(
        score=replay_score(start_score, lines),
        label=replay_label(lines, numbers) or start_label,
        has_bonus=had_bonus and sum(line.delta < 0 for line in lines) < numbers.bonus_lost_at_downmods,
    )


def step(score: int, line: Line) -> int:
    """The score after one line, held in -1..5."""
    return clamp_score(score + line.delta) if line.sets_score is None else line.sets_score


def replay_score(start: int, lines: Iterable[Line]) -> int:
    """The starting score changed line by line, held in -1..5 at each."""
    score = start
    for line in lines:
        score = step(score, line)
    return score


def replay_label(lines: Sequence[Line], numbers: Policy = THRESHOLD) -> str:
    """The most frequent reason in the direction of the net change; of several, the one given last.

    Overrated and Underrated never become the label (Slash: getCommentMostCommonReason). Slash breaks ties by the
    label before, which a withdrawal forgets; ours by the log alone, so that the same log always gives the same label.
    A policy may ask for the most frequent of all instead (rehash).
    """
    net = sum(line.delta for line in lines)
    counted = [line.reason for line in lines if _can_be_label(line, net, numbers)]
    last_place = {reason: place for place, reason in enumerate(counted)}
    counts = Counter(counted)
    best = max(counts, key=lambda reason: (counts[reason], last_place[reason]), default=None)
    return policy.REASONS[best].name if best else ""


def _can_be_label(line: Line, net: int, numbers: Policy) -> bool:
    if line.reason is None:
        return False
    rule = numbers.rule_of.get(line.reason)
    is_label = rule.is_label if rule else policy.REASONS[line.reason].is_label
    return is_label and (line.delta * net >= 0 or not numbers.label_follows_direction)


def is_withdrawn(reversals: int | None) -> bool:
    """Whether a moderation reversed so many times is withdrawn: the odd ones withdraw it, the even ones put it back."""
    return bool((reversals or 0) & 1)


def check_reason(rule: ReasonRule | None, *, score: int, karma: int, has_prior: bool, numbers: Policy) -> str | None:
    """Why this reason cannot be given to a comment of this score by a moderator of this karma, in words; or None.

    At a bound a step that could not be taken is refused, and costs nothing. One that weighs more on the author's karma
    than on the score counts there as well: a comment at -1 can still be found to be Spam (rehash #211).
    """
    if rule is None:
        return "The policy of this site does not know that reason."
    if rule.needs_prior and not has_prior:
        return f"{rule.name} answers an earlier moderation, and this comment has none."
    if rule.score < 0 and karma < numbers.down_karma_min:
        return f"Moderating downwards takes a karma of {numbers.down_karma_min} or more."
    if clamp_score(score + rule.score) == score + rule.score or abs(rule.karma) > abs(rule.score):
        return None
    bound, word = (policy.SCORE_MAX, "highest") if rule.score > 0 else (policy.SCORE_MIN, "lowest")
    return f"This comment is at {bound} already, the {word} score there is."


def votes_wanted(numbers: Policy, members: int) -> int:
    """How many metamoderators are asked about one moderation on a site of so many members; always odd.

    Slash asks a fixed number (m2_consensus); a small site would wait for that for ever.
    """
    each = numbers.meta_members_per_vote
    wanted = numbers.meta_votes_min + members // each if each else numbers.meta_votes_max
    return (min(wanted, numbers.meta_votes_max) - 1) | 1  # the odd number at or below it


def balance(*, granted: int, spent: int, taken: int, returned: int = 0) -> int:
    """What is left of a grant; below 0 if more was spent than granted."""
    return granted + returned - spent - taken


def change_of_tokens(tokens: int, asked: int, *, floor: int | None = None, ceiling: int | None = None) -> int:
    """How far a balance moves when ``asked`` is wanted: a gain stops at the ceiling, a loss at the floor.

    A balance that is beyond a bound already stays where it is (Slash: LEAST and GREATEST would pull it back).
    """
    if asked > 0 and ceiling is not None:
        return max(0, min(asked, ceiling - tokens))
    if asked < 0 and floor is not None:
        return min(0, max(asked, floor - tokens))
    return asked


# -- Receipts: the same decisions in words ---------------------------------------------------------------------------


class Contender(NamedTuple):
    """A reason given to a comment, how often, and whether it could become the label."""

    reason: int
    times: int
    competes: bool


def contenders(lines: Sequence[Line], numbers: Policy = THRESHOLD) -> list[Contender]:
    """The reasons among which the label was chosen, those that compete first, then by how often and how late."""
    net = sum(line.delta for line in lines)
    last_place = {line.reason: place for place, line in enumerate(lines) if line.reason is not None}
    times = Counter(line.reason for line in lines if line.reason is not None)
    competing = {line.reason for line in lines if _can_be_label(line, net, numbers)}
    found = [Contender(reason, count, reason in competing) for reason, count in times.items()]
    return sorted(found, key=lambda one: (one.competes, one.times, last_place[one.reason]), reverse=True)


def start_words(*, start: int, is_named: bool, is_archived: bool, numbers: Policy) -> str:
    """Why a comment starts at this score under the policy that it was posted under."""
    if is_archived:
        return "It came with this score from the archive"
    if not is_named:
        return "Posted as Anonymous Coward" if start == numbers.start_anonymous else "Posted without a name"
    who = (
        "A member in good standing",
        f"A member whose karma was below {numbers.karma_low}".replace("-", "−"),
        f"A member whose karma was below {numbers.karma_bad}".replace("-", "−"),
    )
    starts = [clamp_score(numbers.start_named - lower) for lower in range(len(who))]
    return f"{who[starts.index(start)] if start in starts else 'A member'} posted it"
