"""Which comments need a moderator most: the late, deep, low ones that Slashdot's moderators never reached."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import NamedTuple, TypeVar

from forum import policy

T = TypeVar("T")


class Case(NamedTuple):
    """A comment as the desk weighs it."""

    fifth: int  # 0..4: where in its discussion it came, by its age among the comments there
    level: int  # 0: begins a thread
    start_score: int
    moderations: int  # active ones
    age: timedelta
    seen: int = 0  # other moderators whose desk has shown it


def fifth_of(place: int, of: int) -> int:
    """In which fifth of a discussion of so many comments the one at this place (from 0) came: 0..4.

    Where few have spoken nobody is late: there all count as in the middle.
    """
    if of < policy.DESK_FIFTHS_FROM:
        return policy.DESK_FIFTH_OF_FEW
    fifths = len(policy.DESK_BY_FIFTH)
    return min(fifths - 1, place * fifths // of)


def need_of_moderation(case: Case) -> float:
    """How much a comment needs a moderator, in points of need; only their order means something."""
    start = min(case.start_score - policy.SCORE_MIN, len(policy.DESK_BY_START) - 1)
    return (
        policy.DESK_BY_FIFTH[case.fifth]
        + policy.DESK_BY_LEVEL * min(case.level, policy.DESK_LEVELS)
        + policy.DESK_BY_START[start]
        + sum(policy.DESK_BY_MODERATIONS[case.moderations : case.moderations + 1])
        - policy.DESK_SEEN_COST * min(case.seen, policy.DESK_SEEN_MAX)
        - policy.DESK_DAY_COST * case.age / timedelta(days=1)
    )


def reasons_of_need(case: Case) -> list[str]:
    """The same in words, the weightiest first."""
    said = (
        ("unmoderated", not case.moderations),
        ("late", case.fifth >= policy.DESK_LATE_FROM),
        ("deep in its thread", case.level >= policy.DESK_LEVELS),
        ("started low", case.start_score <= 0),
        ("unseen by other moderators", not case.seen),
    )
    return [words for words, is_so in said if is_so]


def choose_spread(ranked: Iterable[T], *, group: Callable[[T], object], most: int, each: int) -> list[T]:
    """The first ``most``, at most ``each`` of one group as long as other groups have some; in their order."""
    chosen: list[tuple[int, T]] = []
    left: list[tuple[int, T]] = []
    counted: Counter = Counter()
    for place, one in enumerate(ranked):
        counted[group(one)] += 1
        (chosen if counted[group(one)] <= each else left).append((place, one))
    chosen = sorted([*chosen[:most], *left[: max(0, most - len(chosen))]], key=lambda found: found[0])
    return [one for _, one in chosen]


def by_need(cases: Iterable[T], *, case: Callable[[T], Case], lot: Callable[[T], float]) -> list[T]:
    """In the order of need, with a share of chance: ``lot`` gives each a number from 0 to 1."""
    weighed = [(need_of_moderation(case(one)) + policy.DESK_LOT * lot(one), one) for one in cases]
    return [one for _, one in sorted(weighed, key=lambda found: found[0], reverse=True)]
