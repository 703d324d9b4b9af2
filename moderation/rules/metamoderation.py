"""Metamoderation, from values alone: who may judge, what a verdict does, how moderations are drawn.

``chance`` is a random.Random wherever something is left to it. Slash: plugins/Metamod, process_metamod.pl.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from forum import policy
from forum.presets import Consequence, Policy


class Standing(NamedTuple):
    """A member as a metamoderator."""

    number: int  # counted from the oldest member there is
    karma: int
    joined_at: datetime
    is_willing: bool
    banned_at: datetime | None
    barred_until: datetime | None
    newest_number: int  # of the newest member, counted likewise
    judged_at: datetime | None  # the last sitting that was answered


def why_not(standing: Standing, numbers: Policy, now: datetime) -> str | None:
    """Why this member may not metamoderate now, in words with a time where there is one; None if nothing is against it.

    Slash lets admins judge at any time; here staff wait like everybody.
    """
    if not numbers.metamoderation:
        return "On this site nobody judges moderations."
    if standing.banned_at:
        return "You may not metamoderate at present. Your account's page says why."
    if standing.barred_until and standing.barred_until > now:
        until = f"{standing.barred_until:%Y-%m-%d}"
        return f"Staff have barred you from moderating, and so from judging others, until {until}."
    if not standing.is_willing:
        return (
            "Your preferences say that you do not want to moderate. Tick that box, and you can judge moderations too."
        )
    if standing.karma < numbers.min_karma:
        return f"Judging moderations takes a karma of {numbers.min_karma} or more."
    if standing.joined_at + numbers.min_age > now:
        soon = in_words(standing.joined_at + numbers.min_age - now)
        return f"Your account is very new. You can judge moderations {soon}."
    if is_too_new(standing.number, standing.newest_number, numbers):
        return (
            f"The newest {1 - numbers.meta_oldest_share:.0%} of all members do not judge moderations yet. "
            "Your turn comes as others join."
        )
    if standing.judged_at and standing.judged_at + numbers.meta_every > now:
        again = in_words(standing.judged_at + numbers.meta_every - now)
        return f"You have judged moderations lately. You can do so again {again}."
    return None


def is_too_new(number: int, newest_number: int, numbers: Policy) -> bool:
    """Whether a member is among the newest; on a small site all are new, and nobody is left out for it."""
    is_small = newest_number < numbers.newest_excluded_from
    return not is_small and number > numbers.meta_oldest_share * newest_number


def in_words(wait: timedelta) -> str:
    """A time to come, rounded up: ``in 5 hours``."""
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if wait > length:
            return f"in {math.ceil(wait / length)} {unit}s"
    return "in a minute"


# -- Drawing ---------------------------------------------------------------------------------------------------------


def weigh(waiting: list[int], oldest: list[int], numbers: Policy) -> dict[int, float]:
    """The weight in the draw of each waiting moderation; those of the oldest zone weigh more (m2_oldest_zone_mult).

    ``waiting`` may be a part of all that wait, ``oldest`` the oldest of all: they share the weight of their zone.
    """
    weights = dict.fromkeys(waiting, 1.0)
    extra = (numbers.meta_oldest_weight - 1) * zone_size(len(waiting), numbers) / max(1, len(oldest))
    return weights | {one: weights.get(one, 0) + extra for one in oldest}


def zone_size(count: int, numbers: Policy) -> int:
    return math.ceil(numbers.meta_oldest_zone * count)


def draw_lots(weights: Mapping[int, float], chance: Random) -> list[int]:
    """All of them in an order by lot, in which the heavier come sooner (Efraimidis and Spirakis)."""
    drawn = {one: chance.random() ** (1 / weight) for one, weight in weights.items() if weight > 0}
    return sorted(drawn, key=lambda one: (-drawn[one], one))


# -- Settling --------------------------------------------------------------------------------------------------------


def votes_needed(wanted: int, *, is_stale: bool, numbers: Policy) -> int:
    """How many votes settle a moderation: those wanted; once it is given up, a share of them."""
    return max(1, math.ceil(wanted * numbers.meta_quorum)) if is_stale else wanted


def consequence(share: float, numbers: Policy) -> Consequence:
    """The row of the table for this share of fair votes: the first whose bound is not below it."""
    rows = sorted(numbers.consequences, key=lambda row: row.up_to)
    return next((row for row in rows if share <= row.up_to), rows[-1])


def is_fair(fair: int, unfair: int) -> bool:
    """The verdict in a word; a tie is in the moderator's favour, as Slash's fairfrac of .5 has it."""
    return fair >= unfair


def whole(amount: float, chance: Random) -> int:
    """A whole amount: a fraction is the chance of one unit more (Slash: m2_consequences)."""
    size = abs(amount)
    units = math.floor(size) + (chance.random() < size - math.floor(size))
    return units if amount > 0 else -units


def weight_of_verdict(votes: int, numbers: Policy) -> float:
    """How much of the consequence a moderator feels: Slash's table was made for nine votes, so three are a third."""
    return min(1.0, votes / numbers.meta_full_weight) if numbers.meta_full_weight else 1.0


def is_heard(*, tokens: int, agreed: int, judged: int, numbers: Policy) -> bool:
    """Whether a member's judgements count: enough tokens (Slash), and not too often far from what others find (ours).

    ``judged``: the newest own judgements that got a verdict, of which so many ``agreed`` with it.
    """
    is_known = judged >= numbers.meta_record_from
    return tokens >= numbers.meta_tokens_min and not (is_known and agreed < numbers.meta_agreement * judged)


class Circumstances(NamedTuple):
    """How a moderation came about, for its reward."""

    after: timedelta | None  # since the comment was posted; None where that is not known
    score: int  # of the comment, before
    place: int  # of the comment in its discussion by arrival, from 0
    comments: int  # in the discussion
    is_reply: bool


def reward_factor(told: Circumstances, share: float, numbers: Policy) -> float:
    """What a reward is multiplied by: quick, low, late and deep moderations are worth more (Lampe and Resnick 2004).

    What raises it needs a verdict that is fair by far; what lowers it does not.
    """
    is_quick = told.after is not None and told.after <= numbers.meta_quick
    factors = [
        numbers.meta_quick_factor if is_quick else 1,
        numbers.meta_score_factors[told.score - policy.SCORE_MIN],
        numbers.meta_reply_factor if told.is_reply else 1,
    ]
    if told.comments >= numbers.meta_place_from:
        parts = numbers.meta_place_factors
        factors.append(parts[min(len(parts) - 1, told.place * len(parts) // told.comments)])
    return math.prod(factor for factor in factors if factor < 1 or share >= numbers.meta_bonus_from)


def repeat_penalty(earlier: int, numbers: Policy) -> int:
    """Tokens lost for one more moderation of the same author in the same direction: 0 or less."""
    reached = [tokens for times, tokens in numbers.repeat_penalties if earlier >= times]
    return min(reached, default=0)
