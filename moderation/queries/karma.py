"""A member's own karma: every line of its log with what it did, and what the karma does now."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator

from comments.rules import Start, posts_allowed, score_words, starting_score
from forum import policy
from forum.accounts import rules
from forum.accounts.models import KarmaChange, User
from forum.presets import Policy
from forum.rulebook.queries import policy_in_force


class Turn(NamedTuple):
    """A line taken back, or put back again."""

    words: str
    change: KarmaChange


@dataclass(slots=True)
class KarmaLine:
    """One line of the log: the change, the karma after it, whether it met a bound, and what became of it."""

    change: KarmaChange
    counts: bool
    after: int | None = None  # None where it does not count
    clamped: bool = False
    turns: list[Turn] = None

    @property
    def delta_words(self) -> str:
        return f"{self.change.delta:+d}".replace("-", "−")

    @property
    def after_words(self) -> str:
        return "" if self.after is None else f"{self.after}".replace("-", "−")

    @property
    def word(self) -> str:
        return "" if self.after is None else rules.karma_word(self.after)

    def to_json(self) -> dict[str, Any]:
        return {
            "at": self.change.changed_at,
            "cause": self.change.cause,
            "delta": self.change.delta,
            "counts": self.counts,
            "karma_after": self.after,
            "word": self.word,
            "met_a_bound": self.clamped,
            "turns": [{"at": one.change.changed_at, "words": one.words} for one in self.turns],
        }


class Effect(NamedTuple):
    """What karma does at present, in words; ``holds``: whether that is to the member's good."""

    words: str
    holds: bool


@dataclass(frozen=True, slots=True)
class KarmaAccount:
    """A member's karma with its history, newest first, and its effects."""

    karma: int
    word: str
    page: Page
    effects: list[Effect]

    def to_json(self) -> dict[str, Any]:
        return {
            "karma": self.karma,
            "word": self.word,
            "range": [policy.KARMA_MIN, policy.KARMA_MAX],
            "effects": [one._asdict() for one in self.effects],
            "lines": [line.to_json() for line in self.page],
            "page": self.page.number,
            "pages": self.page.paginator.num_pages,
        }


def load_karma(*, member: User, page_number: str) -> KarmaAccount:
    """The member's karma log replayed line by line; the same rules as the stored karma follows."""
    lines = replay_lines(list(KarmaChange.objects.filter(member=member).order_by("id")))
    page = Paginator(lines[::-1], policy.KARMA_LINES_SHOWN).get_page(page_number)
    karma = User.objects.values_list("karma", flat=True).get(pk=member.pk)
    return KarmaAccount(karma, rules.karma_word(karma), page, effects_of(karma, policy_in_force()))


def replay_lines(changes: list[KarmaChange]) -> list[KarmaLine]:
    """Each line that changes something, oldest first, with the karma after it; reversals stand at what they reverse."""
    reversal_of = {change.reverses_id: change for change in changes if change.reverses_id}
    lines, karma = [], 0
    for change in changes:
        if change.reverses_id:
            continue
        line = KarmaLine(change, counts=change.withdrawn_at is None, turns=_turns(change, reversal_of))
        if line.counts:
            wanted, karma = karma + change.delta, rules.clamp_karma(karma + change.delta)
            line.after, line.clamped = karma, karma != wanted
        lines.append(line)
    return lines


def _turns(change: KarmaChange, reversal_of: dict[int, KarmaChange]) -> list[Turn]:
    turns, nearer = [], reversal_of.get(change.pk)
    while nearer:
        turns.append(Turn(f"{'Put' if len(turns) & 1 else 'Taken'} back: {nearer.cause}", nearer))
        nearer = reversal_of.get(nearer.pk)
    return turns


def effects_of(karma: int, numbers: Policy) -> list[Effect]:
    """What a karma does under a policy: start, bonus, posting, anonymity, moderating."""
    return [*_starting_effects(karma, numbers), *_posting_effects(karma, numbers), *_moderating_effects(karma, numbers)]


def _starting_effects(karma: int, numbers: Policy) -> list[Effect]:
    start: Start = starting_score(karma=karma, numbers=numbers)
    is_whole = start.score >= numbers.start_named
    best = f"They begin at {score_words(numbers.start_named)} from a karma of {numbers.karma_low}."
    bonus = "Your comments carry the karma bonus, which readers may count."
    none = f"Your comments carry no karma bonus; that begins at a karma of {numbers.karma_bonus_from}."
    return [
        Effect(f"Your comments begin at {score_words(start.score)}." + ("" if is_whole else f" {best}"), is_whole),
        Effect(bonus if start.has_bonus else none, start.has_bonus),
    ]


def _posting_effects(karma: int, numbers: Policy) -> list[Effect]:
    may_hide = karma >= numbers.karma_low
    hides = "You may post anonymously."
    shows = f"You cannot post anonymously with a karma below {numbers.karma_low}."
    allowed = posts_allowed(karma, numbers)
    limit = f"You may post {allowed} comments a day; what moderators raise makes room for more." if allowed else ""
    is_most = allowed in (0, numbers.posts_high)
    found = [Effect(limit, is_most)] if allowed else []
    return [*found, Effect(hides if may_hide else shows, may_hide)]


def _moderating_effects(karma: int, numbers: Policy) -> list[Effect]:
    may, may_lower = karma >= numbers.min_karma, karma >= numbers.down_karma_min
    gives = f"You may be given mod points, and moderators need a karma of {numbers.min_karma} or more."
    keeps = f"You are given no mod points; that takes a karma of {numbers.min_karma} or more."
    found = [Effect(gives if may else keeps, may)]
    if numbers.down_karma_min > policy.KARMA_MIN:
        words = f"moderate downwards, which takes a karma of {numbers.down_karma_min} or more."
        found.append(Effect(f"You {'may' if may_lower else 'cannot'} {words}", may_lower))
    return found
