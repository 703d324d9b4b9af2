"""Mod points: given, expired, removed, returned. The grants' balances are copies of the log."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q, Sum

from comments.actions import tell_of_act
from forum import policy
from forum.accounts.actions import Refused, check_reason_given, record_staff_act
from forum.accounts.models import StaffAct, User
from forum.presets import DAILY, TOKENS
from forum.retries import retried
from forum.rulebook.actions import version_in_force
from forum.rulebook.models import PolicyVersion
from moderation.actions.tokens import Wish, change_tokens
from moderation.models import Moderation, PointEntry, PointGrant, TokenEntry
from moderation.rules.lottery import day_of


@transaction.atomic
def grant_points(*, member: User, points: int, actor: User, reason: str, now: datetime) -> PointGrant:
    """A member of staff gives mod points. Raises Refused unless 1 to policy.MOD_POINTS_HELD_MAX points."""
    if not 1 <= points <= policy.MOD_POINTS_HELD_MAX:
        raise Refused(f"Between 1 and {policy.MOD_POINTS_HELD_MAX} points can be given at a time.")
    grant = new_grant(
        member_id=member.pk,
        points=points,
        kind=PointGrant.Kind.STAFF,
        cause=f"Given by staff. {reason}"[:200].strip(),
        version=version_in_force(now),
        now=now,
    )
    grant.save(force_insert=True)
    record_staff_act(actor=actor, verb="grant points", target=member, reason=reason, after=points, now=now)
    return grant


def new_grant(*, member_id: int, points: int, kind: str, cause: str, version: PolicyVersion, now: datetime, **columns):
    """A grant that is not stored yet, with all its points left; its lifetime begins now."""
    return PointGrant(
        member_id=member_id,
        points_granted=points,
        points_left=points,
        kind=kind,
        cause=cause,
        policy=version,
        granted_at=now,
        expires_at=now + version.policy.point_lifetime,
        **columns,
    )


@retried
@transaction.atomic
def remove_points(*, member: User, actor: User, reason: str, now: datetime) -> int:
    """A member of staff takes all spendable points of a member, who is told; returns how many. Refused: no reason."""
    check_reason_given(reason)
    grants = lock_spendable(member, now)
    taken = sum(grant.points_left for grant in grants)
    if taken:
        act = record_staff_act(
            actor=actor, verb="remove points", target=member, reason=reason, before=taken, after=0, now=now
        )
        strip(grants, act=act, now=now)
        tell_of_act(act, recipient=member, line="Staff removed your mod points", now=now)
    return taken


def lock_spendable(member: User, now: datetime) -> list[PointGrant]:
    """A member's grants with points left, kept from all others until the transaction ends."""
    return list(PointGrant.objects.of(member).spendable(now).order_by("id").select_for_update(no_key=True))


def strip(grants: list[PointGrant], *, act: StaffAct, now: datetime) -> None:
    """Take what is left of locked grants, as part of an act of staff."""
    for grant in grants:
        cause = f"Removed by staff. {act.reason}"[:200]
        _take_rest(grant, kind=PointEntry.Kind.REMOVED, cause=cause, now=now, act=act)


def _take_rest(grant: PointGrant, *, kind: str, cause: str, now: datetime, act: StaffAct | None = None) -> int:
    """Enter what is left of a locked grant as gone; returns how many points."""
    points = grant.points_left
    PointEntry.objects.create(
        grant=grant,
        member_id=grant.member_id,
        kind=kind,
        points=points,
        cause=cause,
        act=act,
        policy=version_in_force(now),
        entered_at=now,
    )
    PointGrant.objects.filter(pk=grant.pk).update(points_left=0, points_expired=F("points_expired") + points)
    return points


def lock_economy(now: datetime) -> PolicyVersion:
    """Wait until nobody else moves the economy (runs, expiry, decay), and keep it; returns the policy in force.

    The lock is on the first policy's row, which is always there. It comes before all other locks. Under it every
    expiry that has a number is visible, so a run can remember by a number how far it has come.
    """
    version_in_force(now)
    list(PolicyVersion.objects.select_for_update(no_key=True).filter(number=1))
    return version_in_force(now)


def expire_mod_points(*, now: datetime) -> int:
    """Expire what is left of grants past their time; returns how many grants. Twice or late does no harm."""
    overdue = PointGrant.objects.overdue(now).order_by("expires_at", "id")
    return sum(_expire_grant(pk, now) for pk in overdue.values_list("pk", flat=True))


@retried
@transaction.atomic
def _expire_grant(grant_id: int, now: datetime) -> bool:
    version = lock_economy(now)
    # Locked and read anew: a point spent meanwhile is in points_left no more.
    grant = PointGrant.objects.overdue(now).select_for_update(no_key=True).filter(pk=grant_id).first()
    if grant is None:
        return False
    points = _take_rest(grant, kind=PointEntry.Kind.EXPIRED, cause="Not spent in time", now=now)
    numbers = version.policy
    if numbers.grant_mode == TOKENS:
        about = {"grant": grant}
        cost = Wish(grant.member_id, -numbers.expiry_cost * points, TokenEntry.Kind.EXPIRY, about, floor=0)
        change_tokens([cost], version=version, now=now)
    return True


def return_point(moderation: Moderation, *, cause: str, now: datetime) -> None:
    """Give the point of a moderation back to the grant it came from: once, by constraint."""
    PointEntry.objects.create(
        grant_id=moderation.grant_id,
        member_id=moderation.moderator_id,
        kind=PointEntry.Kind.RETURNED,
        points=1,
        moderation=moderation,
        cause=cause,
        policy=version_in_force(now),
        entered_at=now,
    )
    PointGrant.objects.filter(pk=moderation.grant_id).update(points_left=F("points_left") + 1)


def grant_daily_points(*, now: datetime, today: date) -> int:
    """Give every eligible member today's points, up to what one may hold; returns how many members got some.

    Only under a policy of daily grants. At most once a day and member, by constraint: running it twice, late or by two
    workers gives nothing more.
    """
    version = version_in_force(now)
    numbers = version.policy
    if numbers.grant_mode != DAILY:
        return 0
    eligible = (
        User.objects.filter(
            is_active=True,
            is_willing_to_moderate=True,
            banned_at=None,
            karma__gte=numbers.min_karma,
            joined_at__lte=now - numbers.min_age,
        )
        .exclude(point_grants__granted_on=today)
        .exclude(Q(moderator__barred_until__gt=now))
    )
    members = eligible.order_by("pk").values_list("pk", flat=True).iterator()
    return sum(_grant_daily(member, version, now=now, today=today) for member in members)


@transaction.atomic
def _grant_daily(member_id: int, version: PolicyVersion, *, now: datetime, today: date) -> bool:
    held = PointGrant.objects.filter(member=member_id).spendable(now).aggregate(held=Sum("points_left", default=0))
    points = min(version.policy.daily_points, version.policy.points_max - held["held"])
    if points < 1:
        return False
    fresh = new_grant(
        member_id=member_id,
        points=points,
        kind=PointGrant.Kind.DAILY,
        cause="Daily grant",
        version=version,
        now=now,
        granted_on=today,
    )
    # The lifetime begins with the day, so that these take up no room of tomorrow's (rehash: set at 00:10).
    fresh.expires_at = day_of(now) + version.policy.point_lifetime
    # Two workers may come here for the same day: the constraint lets one through, and only that one counts it.
    columns = ("points_granted", "points_left", "kind", "cause", "policy", "granted_at", "expires_at")
    defaults = {name: getattr(fresh, name) for name in columns}
    return PointGrant.objects.get_or_create(member_id=member_id, granted_on=today, defaults=defaults)[1]
