"""What a policy may be, and what is different in another one, in words; from values alone."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from forum import policy
from forum.bounds import LARGEST, LONGEST, bound_of
from forum.presets import Consequence, Policy, ReasonRule

UNITS = {name: timedelta(**{f"{name}s": 1}) for name in ("day", "hour", "minute", "second")}
SPAN = re.compile(rf"\s*(\d+(?:\.\d+)?)\s*({'|'.join(UNITS)})s?[\s,]*(?:and\s+)?", re.I)
TABLES = ("reasons", "consequences", "repeat_penalties")
NOTHING = "–"


class BadSpan(ValueError):
    """These words tell no span of time."""


class Fault(NamedTuple):
    """What is wrong with a number of a policy, in words for who chose it."""

    name: str
    words: str


class Change(NamedTuple):
    """One number that is another in another policy, both in words."""

    name: str
    words: str
    slash: str
    group: str
    before: str
    after: str


class Number(NamedTuple):
    """One number of a policy in words; a row of a table is one, too."""

    name: str
    words: str
    slash: str
    group: str
    value: str


# -- Words -----------------------------------------------------------------------------------------------------


def read_span(words: str) -> timedelta:
    """A span of time such as "14 days", "1 day 12 hours" or "0". Raises BadSpan."""
    if words.strip() in ("", "0"):
        return timedelta(0)
    place, span = 0, timedelta(0)
    while place < len(words):
        part = SPAN.match(words, place)
        if part is None:
            raise BadSpan("Say how long, such as 14 days, 72 hours or 2 minutes.")
        try:
            span += float(part.group(1)) * UNITS[part.group(2).lower()]
        except OverflowError as problem:
            raise BadSpan(f"At most {span_words(LONGEST)}.") from problem
        place = part.end()
    return span


def span_words(span: timedelta) -> str:
    """A span in the largest unit that tells it whole: "14 days", "36 hours", "0"."""
    for name, unit in UNITS.items():
        if span and span % unit == timedelta(0):
            count = span // unit
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{span.total_seconds():g} seconds" if span else "0"


def value_words(value: Any) -> str:
    """A number of a policy for readers."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return span_words(value)
    if isinstance(value, tuple):
        return ", ".join(map(value_words, value))
    return str(value).removesuffix(".0").replace("-", "−") if isinstance(value, int | float) else str(value)


# -- What may be -----------------------------------------------------------------------------------------------


def check_policy(numbers: Policy) -> list[Fault]:
    """Everything that keeps this policy from coming into force, in words; empty if it may."""
    return [*_out_of_bounds(numbers), *_out_of_order(numbers), *_bad_tables(numbers)]


def _out_of_bounds(numbers: Policy) -> Iterator[Fault]:
    for field in dataclasses.fields(Policy):
        bound, value = bound_of(field.name), getattr(numbers, field.name)
        several = value if isinstance(value, tuple) else (value,)
        # A number that is none (nan) is in no range.
        if bound and not all(bound.least <= one <= bound.most for one in several):
            it = "Each of them" if isinstance(value, tuple) else "It"
            yield Fault(field.name, f"{it} must be between {value_words(bound.least)} and {value_words(bound.most)}.")


ASCENDING = (
    ("karma_bad", "karma_low", "two lower cannot begin above one lower"),
    ("readers_from", "readers_to", "the lowest share to leave out ends where the highest begins"),
    ("points_per_grant", "points_max", "one grant cannot give more than one can hold"),
    ("meta_votes_min", "meta_votes_max", "the least number of votes cannot be above the most"),
    ("start_anonymous", "start_named", "a name cannot start lower than no name"),
)


def _out_of_order(numbers: Policy) -> Iterator[Fault]:
    for lower, upper, why in ASCENDING:
        if getattr(numbers, lower) > getattr(numbers, upper):
            most = value_words(getattr(numbers, upper))
            yield Fault(lower, f"It must be {most} or less: {why}.")


def _bad_tables(numbers: Policy) -> Iterator[Fault]:
    if not numbers.reasons:
        yield Fault("reasons", "Offer one reason at least, or nobody can moderate.")
    if len(numbers.rule_of) != len(numbers.reasons):
        yield Fault("reasons", "Each reason can be offered once.")
    for rule in numbers.reasons:
        if not policy.KARMA_MIN <= rule.karma <= policy.KARMA_MAX:
            words = f"{rule.name}: karma must be between {policy.KARMA_MIN} and {policy.KARMA_MAX}."
            yield Fault("reasons", words.replace("-", "−"))
    shares = [row.up_to for row in numbers.consequences]
    if not (_is_ascending(shares) and shares[:1] >= [0] and shares[-1:] == [1]):
        yield Fault("consequences", "The shares must ascend from row to row, and the last must be 1.")
    tokens = [(row.fair_voters, row.unfair_voters, row.moderator_tokens) for row in numbers.consequences]
    if not all(_is_within(amount, LARGEST) for amounts in tokens for amount in amounts):
        yield Fault("consequences", f"Tokens must be between −{LARGEST:,} and {LARGEST:,}.")
    if not all(_is_within(row.moderator_karma, policy.KARMA_MAX) for row in numbers.consequences):
        yield Fault("consequences", f"Karma must be between −{policy.KARMA_MAX} and {policy.KARMA_MAX}.")
    if not all(_is_within(amount, LARGEST) for row in numbers.repeat_penalties for amount in row):
        yield Fault("repeat_penalties", f"Each number must be between −{LARGEST:,} and {LARGEST:,}.")
    counts = [earlier for earlier, _ in numbers.repeat_penalties]
    if not _is_ascending(counts) or any(count < 1 for count in counts):
        yield Fault("repeat_penalties", "The numbers of earlier moderations must ascend from row to row, from 1.")
    if any(tokens > 0 for _, tokens in numbers.repeat_penalties):
        yield Fault("repeat_penalties", "A penalty takes tokens: 0 or less.")


def _is_within(amount: float, most: float) -> bool:
    """Whether it is a number no further from 0 than that; what is none (nan) is not."""
    return -most <= amount <= most


def _is_ascending(values: Sequence[float]) -> bool:
    return all(one < another for one, another in pairwise(values))


# -- What is different -----------------------------------------------------------------------------------------


def numbers_in_words(numbers: Policy) -> Iterator[Number]:
    """Every number of a policy, in its order; tables row by row."""
    for field in dataclasses.fields(Policy):
        value, told = getattr(numbers, field.name), field.metadata
        if not told:
            continue
        rows = _rows(field.name, value) if field.name in TABLES else [(told["words"], value_words(value))]
        for words, row in rows:
            yield Number(field.name, words, told["slash"], told["group"], row)


def differences(before: Policy, after: Policy) -> list[Change]:
    """Every number that is another in ``after``, in the order of the policy; tables row by row."""
    old, new = ({(one.name, one.words): one for one in numbers_in_words(numbers)} for numbers in (before, after))
    changes = []
    for key in sorted({**old, **new}, key=_place_of(old, new)):
        was, will = old.get(key), new.get(key)
        one = will or was
        values = (was.value if was else NOTHING, will.value if will else NOTHING)
        if values[0] != values[1]:
            changes.append(Change(one.name, one.words, one.slash, one.group, *values))
    orders = [", ".join(rule.name for rule in numbers.reasons) for numbers in (before, after)]
    if orders[0] != orders[1] and set(before.rule_of) == set(after.rule_of):
        changes.append(Change("reasons", "Order in which reasons are offered", NOTHING, "reasons", *orders))
    return changes


def _place_of(*sides: dict) -> Callable:
    """Where a number stands: as its kind does in the policy; rows that are gone come before new ones."""
    fields = [field.name for field in dataclasses.fields(Policy)]
    rows = [key for side in sides for key in side]
    return lambda key: (fields.index(key[0]), rows.index(key))


def _rows(name: str, table: Sequence) -> Iterator[tuple[str, str]]:
    """The rows of a table in words: what each is about, and what it says."""
    tell = {"reasons": _reason_words, "consequences": _consequence_words, "repeat_penalties": _penalty_words}
    return map(tell[name], table)


def _reason_words(rule: ReasonRule) -> tuple[str, str]:
    parts = [f"karma {rule.karma:+d}" if rule.karma else "karma 0"]
    parts += [] if rule.is_label else ["never the label"]
    parts += [] if rule.is_metamoderable else ["not metamoderated"]
    parts += ["only after another moderation"] if rule.needs_prior else []
    return f"Reason {rule.name}", ", ".join(parts).replace("-", "−")


def _consequence_words(row: Consequence) -> tuple[str, str]:
    parts = (
        *("fair voters", row.fair_voters, "unfair voters", row.unfair_voters),
        *("moderator", row.moderator_tokens, "karma", row.moderator_karma),
    )
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return f"Fair share up to {row.up_to:g}", ", ".join(f"{name} {value:+g}" for name, value in pairs).replace("-", "−")


def _penalty_words(row: tuple[int, int]) -> tuple[str, str]:
    earlier, tokens = row
    return f"After {earlier} earlier moderations of the same author", f"tokens {tokens:+d}".replace("-", "−")
