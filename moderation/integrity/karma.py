"""Karma that a moderation gave or took: it counts as long as the moderation does. Reads only."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import Exists, Max, OuterRef

from forum.accounts.integrity import counting_lines
from forum.accounts.models import KarmaChange
from forum.integrity import in_batches
from moderation import rules
from moderation.models import Moderation, Reversal


class Unbalanced(NamedTuple):
    """A moderation and its line of karma, of which one counts and the other does not."""

    moderation_id: int
    discussion_id: int
    karma_change_id: int
    is_withdrawn: bool  # the moderation, by its reversals


def unbalanced_karma(**of_moderations) -> Iterator[Unbalanced]:
    """Moderations whose karma says otherwise; by the reversals of both, not by what is kept of them.

    Only where one of the two was ever reversed they can differ, so only those are looked at.
    """
    reversed_lines = KarmaChange.objects.filter(reverses=OuterRef("karma_change"))
    with_karma = Moderation.objects.filter(karma_change__isnull=False, **of_moderations)
    reversed_ever = with_karma.filter(
        Exists(Reversal.objects.filter(moderation=OuterRef("pk"))) | Exists(reversed_lines)
    )
    columns = reversed_ever.order_by("pk").annotate(turn=Max("reversals__number"))
    rows = columns.values_list("pk", "comment__discussion_id", "karma_change_id", "turn")
    for batch in in_batches(rows.iterator()):
        counting = counting_lines(karma for *_, karma, _ in batch)
        for pk, discussion_id, karma, turn in batch:
            is_withdrawn = rules.is_withdrawn(turn)
            if is_withdrawn == (karma in counting):
                yield Unbalanced(pk, discussion_id, karma, is_withdrawn)
