"""Tokens: each change is an entry, the stored balance is their sum. Moderators are locked in the order of members."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Sum

from forum.rulebook.models import PolicyVersion
from moderation import rules
from moderation.models import Moderation, Moderator, TokenEntry

LASTING = (TokenEntry.Kind.BLIND, TokenEntry.Kind.KARMA, TokenEntry.Kind.BLIND_BACK)  # as long as the moderation counts


class Wish(NamedTuple):
    """A change of somebody's tokens that is wanted; ``about`` fills the entry's other columns."""

    member_id: int
    asked: int
    kind: str
    about: dict = {}
    floor: int | None = None
    ceiling: int | None = None


def lock_moderators(member_ids: Iterable[int]) -> dict[int, Moderator]:
    """The members as moderators, made where they are new, kept from all others until the transaction ends."""
    wanted = sorted(set(member_ids))
    Moderator.objects.bulk_create([Moderator(member_id=pk) for pk in wanted], ignore_conflicts=True)
    locked = Moderator.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    return {moderator.pk: moderator for moderator in locked}


@transaction.atomic
def change_tokens(wishes: list[Wish], *, version: PolicyVersion, now: datetime) -> list[TokenEntry]:
    """Grant each wish as far as its limits allow, in their order; what comes to nothing leaves no entry."""
    moderators = lock_moderators(wish.member_id for wish in wishes)
    entries = []
    for wish in wishes:
        moderator = moderators[wish.member_id]
        amount = rules.change_of_tokens(moderator.tokens, wish.asked, floor=wish.floor, ceiling=wish.ceiling)
        if not amount:
            continue
        moderator.tokens += amount
        entries.append(
            TokenEntry(
                member_id=wish.member_id,
                kind=wish.kind,
                amount=amount,
                asked=wish.asked,
                balance=moderator.tokens,
                policy=version,
                entered_at=now,
                **wish.about,
            )
        )
    TokenEntry.objects.bulk_create(entries)
    changed = [moderators[pk] for pk in sorted({entry.member_id for entry in entries})]
    Moderator.objects.bulk_update(changed, ["tokens"], batch_size=500)  # read under their locks above
    return entries


def reverse_tokens(moderations: list[Moderation], *, version: PolicyVersion, now: datetime) -> None:
    """Give back what these moderations cost in tokens, or charge it again when they are put back."""
    cost = TokenEntry.objects.filter(moderation__in=moderations, kind__in=LASTING).order_by("moderation_id", "id")
    first: dict[tuple[int, int], TokenEntry] = {}
    for entry in cost:
        first.setdefault((entry.moderation_id, entry.member_id), entry)
    sums = cost.order_by().values_list("moderation_id", "member_id").annotate(Sum("amount"))
    net = {(moderation, member): amount for moderation, member, amount in sums}
    wishes = [
        Wish(one.member_id, -net[key] or one.amount, _back(one.kind), {"moderation_id": one.moderation_id})
        for key, one in first.items()
    ]
    change_tokens(wishes, version=version, now=now)


def _back(kind: str) -> str:
    return TokenEntry.Kind.BLIND_BACK if kind == TokenEntry.Kind.BLIND else kind
