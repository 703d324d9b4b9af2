"""Tokens and the time of the last grant held against their entries. Reads only."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, OuterRef, Q, Subquery, Sum, Window
from django.db.models.functions import Coalesce

from forum.accounts.models import User
from forum.integrity import Problem
from moderation.models import PointGrant, TokenEntry

BY_ECONOMY = (PointGrant.Kind.TOKENS, PointGrant.Kind.STANDBY)


class Kept(NamedTuple):
    """What a moderator's row keeps of the entries and grants."""

    tokens: int
    granted_at: datetime | None


class WrongBalance(NamedTuple):
    """An entry whose balance is not the sum up to it."""

    entry_id: int
    member_id: int
    stored: int
    summed: int


def _with_entries(members):
    """Each member with what is kept of his tokens and what the entries say, in one statement."""
    entries = TokenEntry.objects.filter(member=OuterRef("pk")).order_by().values("member")
    latest = PointGrant.objects.filter(member=OuterRef("pk"), kind__in=BY_ECONOMY).order_by("-granted_at")
    return members.annotate(
        kept=Coalesce("moderator__tokens", 0),
        summed=Coalesce(Subquery(entries.annotate(sum=Sum("amount")).values("sum")), 0),
        granted=Subquery(latest.values("granted_at")[:1]),
    )


def wrong_balances(**of_members) -> Iterator[WrongBalance]:
    """Entries whose balance is not the running sum of their member's entries; summed by the database."""
    entries = TokenEntry.objects.filter(**{f"member__{name}": value for name, value in of_members.items()})
    running = Window(Sum("amount"), partition_by="member_id", order_by="id")
    wrong = entries.annotate(summed=running).exclude(balance=F("summed")).order_by("member_id", "pk")
    return map(WrongBalance._make, wrong.values_list("pk", "member_id", "balance", "summed").iterator())


def wrong_moderators(**of_members) -> Iterator[int]:
    """Members whose tokens, last grant or one of whose entries' balances is not what the entries and grants say."""
    granted = F("granted")
    differs = Q(kept__lt=F("summed")) | Q(kept__gt=F("summed"))
    differs |= Q(moderator__granted_at__lt=granted) | Q(moderator__granted_at__gt=granted)
    # To compare with nothing is neither true nor false.
    differs |= Q(moderator__granted_at=None, granted__isnull=False) | Q(
        moderator__granted_at__isnull=False, granted=None
    )
    wrong = _with_entries(User.objects.filter(**of_members)).filter(differs).order_by("pk")
    found = set(wrong.values_list("pk", flat=True)) | {one.member_id for one in wrong_balances(**of_members)}
    yield from sorted(found)


def kept_of(member_id: int) -> tuple[Kept, Kept]:
    """What is stored of a member as a moderator, and what the entries and grants say."""
    columns = ("kept", "moderator__granted_at", "summed", "granted")
    found = _with_entries(User.objects.filter(pk=member_id)).values_list(*columns).first()
    tokens, granted_at, summed, granted = found or (0, None, 0, None)
    return Kept(tokens, granted_at), Kept(summed, granted)


def check_moderator(member_id: int) -> Iterator[Problem]:
    """One member's tokens, entry by entry, and the time of the last grant."""
    for one in wrong_balances(pk=member_id):
        yield Problem("token balance", f"token entry {one.entry_id}", str(one.stored), str(one.summed), True)
    stored, logged = kept_of(member_id)
    if stored.tokens != logged.tokens:
        yield Problem("tokens", f"member {member_id}", str(stored.tokens), str(logged.tokens), True)
    if stored.granted_at != logged.granted_at:
        found, expected = (str(one.granted_at or "never") for one in (stored, logged))
        yield Problem("last grant", f"member {member_id}", found, expected, True)
