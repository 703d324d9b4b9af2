"""The lottery of mod points, from values alone: how many tokens there are, who draws them, who is granted points.

Every function that draws takes the ``random.Random`` it draws from, so the same seed over the same members gives the
same lots. The site and ``benchmarks/economy.py`` call the same functions.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from forum.presets import Policy


class Record(NamedTuple):
    """What is known of somebody as a moderator: verdicts on the moderations, and what became of the points."""

    fair: int = 0  # verdicts that found a moderation fair
    judged: int = 0  # verdicts, fair or not
    spent: int = 0  # points
    expired: int = 0  # points


class Candidate(NamedTuple):
    """One member before a run."""

    member: int
    reads: int  # pages of discussions within the window
    tokens: int = 0
    held: int = 0  # points that can be spent now
    granted_at: Any = None  # of the last grant: a time, or hours in a simulation; None: never
    record: Record = Record()
    is_eligible: bool = True  # False: has tokens, but does not read at present


class Lots(NamedTuple):
    """What one run decided."""

    drawn: dict[int, int]  # member -> tokens
    granted: list[int]  # members who buy points
    standby: list[int]  # members who are given points because too few hold any
    eligible_count: int


def hour_of(now: datetime) -> datetime:
    """The hour that a moment lies in: the slot of a run, and of a count of reads."""
    return now.replace(minute=0, second=0, microsecond=0)


def day_of(now: datetime) -> datetime:
    """The beginning of the day (UTC) that a moment lies in."""
    return hour_of(now).replace(hour=0)


def token_supply(numbers: Policy, *, comments: int, expired: int) -> int:
    """Tokens for so many new comments and so many expired points (Slash: process_moderation, steps 1-3)."""
    recycled = round(expired * numbers.tokens_per_point * numbers.recycled_share)
    return comments * numbers.tokens_per_comment + recycled


def price(numbers: Policy) -> int:
    """What a grant costs, in tokens (Slash: tokensperpoint x maxpoints)."""
    return numbers.tokens_per_point * numbers.points_per_grant


def middle_readers(candidates: Iterable[Candidate], numbers: Policy, chance: Random) -> list[Candidate]:
    """The eligible without those who read least and most (Slash: m1_pointgrant_start, _end; equals at random).

    Both ends of the slice are in it, as there; on a small site nobody is cut.
    """
    ranked = sorted((one for one in candidates if one.is_eligible), key=lambda one: (one.reads, chance.random()))
    return ranked[middle_of(len(ranked), numbers)]


def middle_of(count: int, numbers: Policy) -> slice:
    """The places in that ranking of so many members that stay in."""
    if count < numbers.readers_cut_from:
        return slice(count)
    return slice(int(count * numbers.readers_from), int(count * numbers.readers_to) + 1)


def weight(record: Record, numbers: Policy) -> float:
    """How much a member weighs in the lottery: 1, times 1/factor to factor for each ratio that enough is known of.

    The ratios: verdicts that were fair, and points that were spent and not left to expire (Slash: fairtotal and
    stirratio; its code for them was never reached).
    """
    turns = 0.0
    if record.judged >= numbers.fairness_votes_min:
        turns += _from_least_to_most(record.fair, record.judged)
    if record.spent + record.expired >= numbers.fairness_spends_min:
        turns += _from_least_to_most(record.spent, record.spent + record.expired)
    return numbers.fairness_factor**turns


def _from_least_to_most(part: int, whole: int) -> float:
    """-1 for none of the whole, 0 for half of it, 1 for all."""
    return (part + part - whole) / whole if whole else 0.0


def weighted_pool(candidates: Iterable[Candidate], numbers: Policy, chance: Random) -> list[int]:
    """The members as often as they weigh: 1.3 is once, and a second time with a chance of 0.3; 0.8 may be left out."""
    pool = []
    for one in candidates:
        pool += [one.member] * int(weight(one.record, numbers) + chance.random())
    return pool


def hand_out(supply: int, pool: list[int], numbers: Policy, chance: Random) -> dict[int, int]:
    """Draw a member for each token; one drawn by somebody who has tokens_per_run already is lost (Slash: step 8)."""
    drawn: dict[int, int] = {}
    members = len(set(pool))
    full = 0
    for _ in range(supply if pool else 0):
        member = chance.choice(pool)
        has = drawn.get(member, 0)
        if has < numbers.tokens_per_run:
            drawn[member] = has + 1
            full += has + 1 == numbers.tokens_per_run
        if full == members:
            break
    return drawn


def grant_count(receivers: int, eligible: int, numbers: Policy, chance: Random) -> int:
    """How many grants so many receivers of tokens make: receivers / price, the fraction by chance (Slash: step 9)."""
    return min(int(receivers / price(numbers) + chance.random()), int(eligible * numbers.grants_share_max))


def _choose_granted(candidates: Iterable[Candidate], count: int, numbers: Policy, chance: Random) -> list[int]:
    """Members with enough tokens and room for points: most tokens first, random among equals (Slash: step 10)."""
    least = price(numbers) * numbers.grant_from_share
    able = [one for one in candidates if one.tokens >= least and one.held < numbers.points_max]
    return [one.member for one in sorted(able, key=lambda one: (-one.tokens, chance.random()))[:count]]


def standby_count(eligible: int, holders: int, numbers: Policy) -> int:
    """How many of the eligible have to be given points so that enough hold some; our own rule, for small sites."""
    wanted = max(min(numbers.standby_min, eligible), int(eligible * numbers.standby_share))
    return max(0, wanted - holders)


def _choose_standby(candidates: Iterable[Candidate], count: int, chance: Random) -> list[int]:
    """Members without points: most tokens first, then who waits longest, then at random."""
    ranked = sorted(
        (one for one in candidates if not one.held),
        key=lambda one: (-one.tokens, one.granted_at is not None, one.granted_at, chance.random()),
    )
    return [one.member for one in ranked[:count]]


def draw_lots(candidates: Iterable[Candidate], supply: int, numbers: Policy, chance: Random) -> Lots:
    """One run: the middle of the readers draws tokens, whoever has most buys points, stand-by fills what is missing."""
    everybody = sorted(candidates)
    eligible = middle_readers(everybody, numbers, chance)
    drawn = hand_out(supply, weighted_pool(eligible, numbers, chance), numbers, chance)
    richer = {one.member: one._replace(tokens=_filled(one, drawn, numbers)) for one in everybody}
    count = grant_count(len(drawn), len(eligible), numbers, chance)
    granted = _choose_granted(richer.values(), count, numbers, chance)
    waiting = [richer[one.member] for one in eligible if one.member not in set(granted)]
    holders = len(eligible) - len(waiting) + sum(one.held > 0 for one in waiting)
    missing = standby_count(len(eligible), holders, numbers)
    return Lots(drawn, granted, _choose_standby(waiting, missing, chance), len(eligible))


def _filled(one: Candidate, drawn: Mapping[int, int], numbers: Policy) -> int:
    """Tokens after the hand-out, which fills up to tokens_max and takes nothing from who has more."""
    return max(one.tokens, min(one.tokens + drawn.get(one.member, 0), numbers.tokens_max))


def points_of_grant(held: int, numbers: Policy) -> int:
    """Points of one grant to somebody who holds so many already: it fills up to points_max."""
    return max(0, min(numbers.points_per_grant, numbers.points_max - held))
