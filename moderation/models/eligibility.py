"""Who may be given points, as conditions on rows: one for each number of the policy."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from forum.accounts.models import User
from forum.presets import Policy
from moderation.models.economy import ReadHour
from moderation.models.log import PointGrant
from moderation.models.metamoderation import Verdict
from moderation.rules.lottery import Candidate, Record, hour_of, price


def in_good_standing(numbers: Policy, now: datetime) -> QuerySet[User]:
    """Members who may moderate and want to: karma, age of the account, neither banned nor barred."""
    return User.objects.filter(
        is_active=True,
        is_willing_to_moderate=True,
        banned_at=None,
        karma__gte=numbers.min_karma,
        joined_at__lte=now - numbers.min_age,
    ).exclude(moderator__barred_until__gt=now)


def last_number(numbers: Policy) -> int | None:
    """The highest number of a member who is not among the newest; None where nobody is left out for that."""
    members = User.objects.count()
    if not numbers.newest_excluded or members < numbers.newest_excluded_from:
        return None
    old = int(members * (1 - numbers.newest_excluded))
    return User.objects.order_by("pk").values_list("pk", flat=True)[old - 1] if old else 0


def reads_within(numbers: Policy, now: datetime) -> QuerySet[ReadHour]:
    """The hours that count as reading now; the oldest one counts whole."""
    return ReadHour.objects.filter(hour__gte=hour_of(now - numbers.reads_window))


def count_reads(numbers: Policy, now: datetime) -> dict[int, int]:
    """Pages of discussions within the window, by member, for those who opened enough."""
    hits = reads_within(numbers, now).values_list("member").annotate(sum=Sum("hits"))
    return dict(hits.filter(sum__gte=numbers.reads_min))


def points_held(now: datetime) -> dict[int, int]:
    """Points that can be spent now, by member."""
    return dict(PointGrant.objects.spendable(now).order_by().values_list("member").annotate(Sum("points_left")))


def count_records(member_id: int | None = None) -> dict[int, Record]:
    """What is known of each moderator, or of one; members of whom nothing is known are not in it."""
    verdicts, sums = Verdict.objects.order_by(), PointGrant.objects.order_by()
    if member_id is not None:
        verdicts, sums = verdicts.filter(moderation__moderator=member_id), sums.filter(member=member_id)
    counts = verdicts.values_list("moderation__moderator")
    judged = {
        pk: (fair, every)
        for pk, fair, every in counts.annotate(fair=Count("pk", filter=Q(is_fair=True)), every=Count("pk"))
    }
    grants = sums.values_list("member").annotate(Sum("points_granted"), Sum("points_left"), Sum("points_expired"))
    points = {pk: (granted - left - gone, gone) for pk, granted, left, gone in grants}
    nothing = (0, 0)
    return {pk: Record(*judged.get(pk, nothing), *points.get(pk, nothing)) for pk in judged.keys() | points.keys()}


def record_of(member_id: int) -> Record:
    return count_records(member_id).get(member_id, Record())


def find_candidates(numbers: Policy, now: datetime) -> list[Candidate]:
    """Everybody who may draw tokens in a run, and those whose tokens may buy points though they do not read now."""
    reads, last, held, records = count_reads(numbers, now), last_number(numbers), points_held(now), count_records()
    savings = Q(moderator__tokens__gte=price(numbers) * numbers.grant_from_share)
    members = in_good_standing(numbers, now)
    if numbers.reads_min:
        members = members.filter(Q(pk__in=reads_within(numbers, now).values("member")) | savings)
    rows = members.order_by("pk").values_list("pk", "moderator__tokens", "moderator__granted_at")
    return [
        Candidate(
            member=pk,
            reads=reads.get(pk, 0),
            tokens=tokens or 0,
            held=held.get(pk, 0),
            granted_at=granted_at,
            record=records.get(pk, Record()),
            is_eligible=(pk in reads or not numbers.reads_min) and (last is None or pk <= last),
        )
        for pk, tokens, granted_at in rows.iterator()
    ]
