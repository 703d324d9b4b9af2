"""Mod points held against the moderations they were spent on and the entries about the rest. Reads only."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from forum.integrity import Problem, in_batches
from forum.notifications.integrity import notifications_about_nothing
from moderation import rules
from moderation.models import Moderation, PointEntry, PointGrant


class Balance(NamedTuple):
    """What became of a grant's points: ``gone`` are those that expired or were removed."""

    left: int
    gone: int


def _in_log(field: str, **entries):
    """The sum of a grant's entries, as a subquery: joins of two tables would multiply each other's rows."""
    own = PointEntry.objects.filter(grant=OuterRef("pk"), **entries).order_by().values("grant")
    return Coalesce(Subquery(own.annotate(sum=Sum(field)).values("sum")), 0)


def _with_log(grants):
    """Each grant with what the log says was spent, returned and gone; what was withdrawn later stays spent."""
    spent = (
        Moderation.objects.filter(grant=OuterRef("pk")).order_by().values("grant").annotate(n=Count("pk")).values("n")
    )
    gone = _in_log("points", kind__in=(PointEntry.Kind.EXPIRED, PointEntry.Kind.REMOVED))
    returned = _in_log("points", kind=PointEntry.Kind.RETURNED)
    return grants.order_by("pk").annotate(spent=Coalesce(Subquery(spent), 0), gone=gone, returned=returned)


def wrong_grants(**of_grants) -> Iterator[int]:
    """Grants whose stored balance is not what the log says, or is below 0; one statement."""
    left = F("points_granted") + F("returned") - F("spent") - F("gone")
    right = Q(points_left=left, points_expired=F("gone"), points_left__gte=0)
    return _with_log(PointGrant.objects.filter(**of_grants)).exclude(right).values_list("pk", flat=True).iterator()


def balance_of(grant_id: int) -> tuple[Balance, Balance]:
    """One grant's balance as it is stored, and as the log says."""
    grant = _with_log(PointGrant.objects.filter(pk=grant_id)).get()
    left = rules.balance(granted=grant.points_granted, spent=grant.spent, taken=grant.gone, returned=grant.returned)
    return Balance(grant.points_left, grant.points_expired), Balance(left, grant.gone)


def check_grant(grant_id: int) -> Iterator[Problem]:
    """One grant's points against the log; underivable where more were spent than granted."""
    stored, replayed = balance_of(grant_id)
    if stored != replayed or replayed.left < 0:
        found = f"{stored.left} left, {stored.gone} expired"
        expected = f"{replayed.left} left, {replayed.gone} expired"
        yield Problem("points", f"grant {grant_id}", found, expected, replayed.left >= 0)


def moderations_astray() -> Iterator[Problem]:
    """Points spent by somebody else than they were given to; notifications of moderations that are not there."""
    foreign = Moderation.objects.exclude(grant=None).exclude(grant__member=F("moderator")).order_by("pk")
    for pk, moderator, owner in foreign.values_list("pk", "moderator_id", "grant__member_id").iterator():
        yield Problem("points of another", f"moderation {pk}", f"member {owner}'s", f"member {moderator}'s", False)
    yield from notifications_about_nothing("moderation:", _existing_moderations)


def _existing_moderations(numbers: Iterable[int]) -> set[int]:
    batches = in_batches(numbers)
    return {pk for batch in batches for pk in Moderation.objects.filter(pk__in=batch).values_list("pk", flat=True)}
