"""A member's own standing as a moderator: why I have points, why I have none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from typing import Any, NamedTuple

from django.db.models import Sum

from forum import policy
from forum.accounts.models import User
from forum.presets import DAILY, TOKENS, Policy
from forum.rulebook.queries import policy_in_force
from moderation.models import Moderation, Moderator, PointEntry, PointGrant, TokenEntry
from moderation.models.eligibility import count_reads, in_good_standing, last_number, reads_within, record_of
from moderation.rules import lottery


class Condition(NamedTuple):
    """One condition of being given points: what it asks, whether it is met, and the member's own numbers."""

    words: str
    holds: bool
    detail: str


class LedgerLine(NamedTuple):
    """One line of a ledger: points or tokens that came or went."""

    at: datetime
    words: str
    amount: int
    link: str = ""
    balance: int | None = None

    @property
    def amount_words(self) -> str:
        return f"{self.amount:+d}".replace("-", "−")

    @property
    def balance_words(self) -> str:
        return "" if self.balance is None else f"{self.balance}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that decides whether a member has mod points."""

    points: int
    grants: list[PointGrant]  # that can be spent, in the order in which they will be
    tokens: int
    conditions: list[Condition]
    weight: float  # in the lottery; 1 is like everybody
    point_lines: list[LedgerLine]
    token_lines: list[LedgerLine]
    numbers: Policy

    @property
    def is_by_tokens(self) -> bool:
        return self.numbers.grant_mode == TOKENS

    @property
    def price(self) -> int:
        return lottery.price(self.numbers)

    @property
    def tokens_needed(self) -> int:
        """With so many tokens one may be granted points."""
        return round(self.price * self.numbers.grant_from_share)

    @property
    def unmet(self) -> list[Condition]:
        return [one for one in self.conditions if not one.holds]

    def to_json(self) -> dict[str, Any]:
        lines = {"point_entries": self.point_lines, "token_entries": self.token_lines}
        return {
            "points": self.points,
            "grants": [
                {"points_left": one.points_left, "cause": one.cause, "expires_at": one.expires_at}
                for one in self.grants
            ],
            "may_be_given_points": not self.unmet,
            "conditions": [one._asdict() for one in self.conditions],
            "tokens": self.tokens,
            "tokens_needed": self.tokens_needed,
            "price_of_a_grant": self.price,
            "weight": self.weight,
            "policy": self.numbers.name,
            **{name: [line._asdict() for line in some] for name, some in lines.items()},
        }


def load_standing(*, member: User, now: datetime) -> Standing:
    """The member's points, tokens, every condition with its numbers, and the newest lines of both ledgers."""
    numbers = policy_in_force()
    member = User.objects.get(pk=member.pk)
    moderator = Moderator.objects.filter(pk=member.pk).first() or Moderator(member=member)
    grants = list(PointGrant.objects.of(member).spendable(now).order_by("expires_at", "id"))
    return Standing(
        points=sum(grant.points_left for grant in grants),
        grants=grants,
        tokens=moderator.tokens,
        conditions=_conditions(member, moderator, numbers, now),
        weight=lottery.weight(record_of(member.pk), numbers),
        point_lines=_point_lines(member),
        token_lines=_token_lines(member),
        numbers=numbers,
    )


def _conditions(member: User, moderator: Moderator, numbers: Policy, now: datetime) -> list[Condition]:
    found = [
        Condition(
            "You are willing to moderate",
            member.is_willing_to_moderate,
            "Ticked in your preferences." if member.is_willing_to_moderate else "Not ticked in your preferences.",
        ),
        Condition(
            f"Your karma is {numbers.min_karma} or more", member.karma >= numbers.min_karma, f"It is {member.karma}."
        ),
        Condition(
            f"Your account is at least {spell(numbers.min_age)} old",
            member.joined_at <= now - numbers.min_age,
            f"It is {spell(now - member.joined_at)} old.",
        ),
        Condition("You are not banned", member.banned_at is None, member.ban_reason or "You are not."),
        _not_barred(moderator, now),
    ]
    return found + ([] if numbers.grant_mode == DAILY else _reading_conditions(member, numbers, now))


def _not_barred(moderator: Moderator, now: datetime) -> Condition:
    is_barred = bool(moderator.barred_until and moderator.barred_until > now)
    detail = f"Until {moderator.barred_until:%Y-%m-%d}: {moderator.barred_because}" if is_barred else "You are not."
    return Condition("Staff have not barred you from moderating", not is_barred, detail)


def _reading_conditions(member: User, numbers: Policy, now: datetime) -> list[Condition]:
    own = reads_within(numbers, now).filter(member=member).aggregate(sum=Sum("hits", default=0))["sum"]
    span = spell_exactly(numbers.reads_window)
    found = [
        Condition(
            f"You opened at least {numbers.reads_min} pages of discussions within {span}",
            own >= numbers.reads_min,
            f"You opened {own}.",
        )
    ]
    last = last_number(numbers)
    if last is not None:
        words = f"You are not among the newest {numbers.newest_excluded:.0%} of the members"
        detail = f"You are member {member.number}; those up to {last} count."
        found.append(Condition(words, member.number <= last, detail))
    return found + _middle_condition(own, last, numbers, now)


def _middle_condition(own: int, last: int | None, numbers: Policy, now: datetime) -> list[Condition]:
    """Whether the member reads neither least nor most; only where so many are eligible that this counts."""
    reads = count_reads(numbers, now)
    standing = in_good_standing(numbers, now).filter(pk__in=reads_within(numbers, now).values("member"))
    pages = sorted(
        reads[pk] for pk in standing.values_list("pk", flat=True) if pk in reads and (last is None or pk <= last)
    )
    middle = pages[lottery.middle_of(len(pages), numbers)]
    if not middle or len(middle) == len(pages):
        return []
    detail = f"Of {len(pages)} eligible members those with {middle[0]} to {middle[-1]} pages; you opened {own}."
    words = "You are in the middle of those who read, neither at the bottom nor at the top"
    return [Condition(words, middle[0] <= own <= middle[-1], detail)]


def _point_lines(member: User) -> list[LedgerLine]:
    """The newest lines of the ledger of points, from the three tables that make it up."""
    limit = policy.LEDGER_LINES_SHOWN
    grants = PointGrant.objects.of(member).order_by("-id")[:limit]
    spent = Moderation.objects.by(member).filter(sets_score=None).select_related("comment").order_by("-id")[:limit]
    entries = PointEntry.objects.filter(member=member).order_by("-id")[:limit]
    lines = [LedgerLine(one.granted_at, one.cause, one.points_granted) for one in grants]
    lines += [
        LedgerLine(
            one.moderated_at,
            f"Spent: {one.words} on “{one.comment.subject}”",
            -1,
            one.comment.get_absolute_url(),
        )
        for one in spent
    ]
    back = PointEntry.Kind.RETURNED
    lines += [LedgerLine(one.entered_at, one.cause, one.points if one.kind == back else -one.points) for one in entries]
    return nlargest(limit, lines, key=lambda line: line.at)


def _token_lines(member: User) -> list[LedgerLine]:
    entries = TokenEntry.objects.filter(member=member).order_by("-id")[: policy.LEDGER_LINES_SHOWN]
    return [LedgerLine(one.entered_at, one.get_kind_display(), one.amount, balance=one.balance) for one in entries]


UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def spell(span: timedelta) -> str:
    """A span in words, in the largest unit that is contained in it: 3 days, 13 hours."""
    return _in_units(span, next((one for one in UNITS if span >= one[0]), UNITS[-1]))


def spell_exactly(span: timedelta) -> str:
    """A span of a policy in words, in the largest unit of which it is a whole number: 3 days, 60 hours."""
    return _in_units(span, next((one for one in UNITS if not span % one[0]), UNITS[-1]))


def _in_units(span: timedelta, one: tuple[timedelta, str]) -> str:
    unit, name = one
    count = span // unit
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
