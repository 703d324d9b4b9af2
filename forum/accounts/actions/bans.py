"""Bans: what somebody may not do here, told in words; of a member, of a network by its hash, of a network by name.

Whoever is banned can read. A ban with an end is over at that moment: nobody has to lift it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.db import IntegrityError, models, transaction
from django.db.models import Q

from forum import policy
from forum.accounts.actions.records import Refused, check_reason_given, record_staff_act
from forum.accounts.models import Ban, NetworkKey, StaffAct, User
from forum.compiled import Compiled
from forum.networks import keyed_hash, narrowest_known
from forum.retries import retried

EVERYTHING = Ban.Kind.ALL


@transaction.atomic
def ban_member(
    *, member: User, actor: User, reason: str, now: datetime, kind: str = EVERYTHING, until: datetime | None = None
) -> StaffAct | None:
    """Stop a member from doing something until then, or until it is lifted, for a reason that is public.

    None if the member is banned from it already. Raises Refused without a reason, or where the end has passed.
    """
    _check(reason, until, now)
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=member.pk)
    _end_due(Ban.objects.filter(member=member), now)
    if Ban.objects.standing(now).filter(member=member, kind=kind).exists():
        return None
    act = record_staff_act(actor=actor, verb="ban", target=member, reason=reason, after=_terms(kind, until), now=now)
    Ban.objects.create(member=member, kind=kind, reason=reason[:200], set_at=now, ends_at=until, act=act)
    _copy_to(member.pk)
    return act


@transaction.atomic
def ban_hash(
    *,
    key: NetworkKey,
    network_hash: str,
    target: models.Model,
    actor: User,
    reason: str,
    now: datetime,
    kind: str,
    until: datetime | None,
) -> StaffAct | None:
    """Ban the network that ``target`` came from, of which nobody knows more than this hash; None if it is already.

    Such a ban ends when the day's key is destroyed, because then nobody can tell the network any more.
    """
    _check(reason, until, now)
    NetworkKey.objects.select_for_update(no_key=True).get(pk=key.pk)
    here = {"key": key, "network_hash": network_hash, "kind": kind}
    _end_due(Ban.objects.filter(**here), now)
    if Ban.objects.standing(now).filter(**here).exists():
        return None
    last = datetime.combine(key.day, datetime.min.time(), now.tzinfo) + policy.NETWORK_KEY_LIFETIME
    until = min(until or last, last)
    if until <= now:
        raise Refused("The key that tells this network is about to be destroyed; nothing can be done with it any more.")
    act = record_staff_act(
        actor=actor, verb="ban network", target=target, reason=reason, after=_terms(kind, until), now=now
    )
    Ban.objects.create(**here, reason=reason[:200], set_at=now, ends_at=until, act=act)
    return act


@transaction.atomic
def ban_network(
    *, network: str, actor: User, reason: str, now: datetime, kind: str, until: datetime | None = None
) -> StaffAct:
    """Ban a network that staff write out, such as 203.0.113.0/24.

    Raises Refused with words: not a network, smaller than the site can tell apart, banned already.
    """
    _check(reason, until, now)
    written = read_network(network)
    _end_due(Ban.objects.filter(network=written), now)
    if Ban.objects.standing(now).filter(network=written, kind=kind).exists():
        raise Refused("This network is banned from that already.")
    try:
        with transaction.atomic():
            ban = Ban.objects.create(network=written, kind=kind, reason=reason[:200], set_at=now, ends_at=until)
    except IntegrityError as problem:
        raise Refused("This network was banned from that just now.") from problem
    # The public log tells that there is a ban, not against whom: a network is somebody's address.
    act = record_staff_act(
        actor=actor, verb="ban network", target=ban, reason=reason, after=_terms(kind, until), now=now
    )
    Ban.objects.filter(pk=ban.pk).update(act=act)
    return act


def read_network(words: str) -> str:
    """A network in its usual form. Raises Refused for anything else, and for less than the site can tell apart."""
    try:
        network = ip_network(words.strip(), strict=False)
    except ValueError as problem:
        raise Refused("Write a network such as 203.0.113.0/24 or 2001:db8:1:2::/64.") from problem
    if network.prefixlen > narrowest_known(network.version):
        least = f"/{narrowest_known(network.version)}"
        raise Refused(f"The site keeps no address closer than its network, so a ban is for {least} at least.")
    return str(network)


@transaction.atomic
def unban_member(*, member: User, actor: User, reason: str, now: datetime) -> StaffAct | None:
    """Lift every ban of a member; None if there is none."""
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=member.pk)
    if not lift_ban_of(member.pk, now=now):
        return None
    ban = StaffAct.objects.on(member).standing("ban").first()
    return record_staff_act(actor=actor, verb="unban", target=member, reason=reason, undoes=ban, now=now)


@transaction.atomic
def lift_one_ban(*, ban: Ban, actor: User, reason: str, now: datetime) -> StaffAct | None:
    """Lift one ban before its end; None if it is over."""
    if not Ban.objects.standing(now).filter(pk=ban.pk).update(over_at=now):
        return None
    if ban.member_id:
        _copy_to(ban.member_id)
    verb, target = ("unban", ban.member) if ban.member_id else ("unban network", ban)
    is_standing = ban.act_id and not StaffAct.objects.filter(undoes=ban.act_id).exists()
    return record_staff_act(
        actor=actor, verb=verb, target=target, reason=reason, undoes=ban.act if is_standing else None, now=now
    )


def lift_ban_of(member_id: int, *, now: datetime) -> bool:
    """End the bans of a member without a word to the record, for whoever keeps one; False if there was none."""
    lifted = Ban.objects.standing(now).filter(member=member_id).update(over_at=now)
    _copy_to(member_id)
    return bool(lifted)


def undo_ban(act: StaffAct, *, now: datetime) -> None:
    """Let it be as if the ban that this act set had never been, without a word to the record."""
    Ban.objects.filter(act=act, over_at=None).update(over_at=now)
    _copy_to(act.target_id)


@retried
@transaction.atomic
def end_bans(*, now: datetime) -> int:
    """Note that bans whose end has come are over, so that members count as before; returns how many."""
    return _end_due(Ban.objects.all(), now)


def _end_due(bans: models.QuerySet, now: datetime) -> int:
    due = list(bans.filter(over_at=None, ends_at__lte=now).order_by("member_id", "pk"))
    ended = Ban.objects.filter(pk__in=[ban.pk for ban in due], over_at=None).update(over_at=now)
    for member_id in sorted({ban.member_id for ban in due if ban.member_id}):
        _copy_to(member_id)
    return ended


def _copy_to(member_id: int) -> None:
    """What is asked of all members at once stands in their own rows: whether they are banned from everything."""
    ban = Ban.objects.filter(member=member_id, kind=EVERYTHING, over_at=None).first()
    at, why = (ban.set_at, ban.reason) if ban else (None, "")
    User.objects.filter(pk=member_id).exclude(banned_at=at, ban_reason=why).update(banned_at=at, ban_reason=why)


# -- Asking --------------------------------------------------------------------------------------------------------


def check_not_banned(member: User, act: str) -> None:
    """Raise Refused if the member is banned from everything now; ``act`` is what is refused, such as "post here"."""
    # The request's copy of the member may be older than the ban.
    if User.objects.filter(pk=member.pk, banned_at__isnull=False).exists():
        raise banned(act)


def banned(act: str) -> Refused:
    """The words for a member who is banned."""
    return Refused(f"You may not {act} at present. Your account's page says why.")


STANDING = Compiled(  # of this member, and of every network
    lambda member, now: (
        Ban.objects.standing(now).filter(Q(member=member) | Q(member=None)).select_related("key").order_by("pk")
    )
)


def check_may_write(*, member: User | None, network: str, is_anonymous: bool, now: datetime) -> None:
    """Raise Refused, with reason and end, if a ban of this member or of this network stands against posting."""
    kinds = [EVERYTHING, Ban.Kind.POST, *([Ban.Kind.ANONYMOUS] if is_anonymous else [])]
    bans = (ban for ban in STANDING.all(member and member.pk, now) if ban.kind in kinds)
    for ban in _about(bans, member, network):
        whom = "you" if ban.member_id else "the network you are on"
        end = f" until {_moment(ban.ends_at)}" if ban.ends_at else ""
        what = ban.get_kind_display().lower()
        raise Refused(f"Staff have banned {whom} from {what}{end}. You can read as before. The reason: {ban.reason}")


def _about(bans: Iterable[Ban], member: User | None, network: str) -> Iterable[Ban]:
    """Those of the bans that are about this member or this network."""
    for ban in bans:
        if ban.member_id:
            if member and ban.member_id == member.pk:
                yield ban
        elif network and (_is_hash_of(ban, network) if ban.key_id else _covers(ban.network, network)):
            yield ban


def _is_hash_of(ban: Ban, network: str) -> bool:
    return keyed_hash(ban.key.secret, f"network:{network}") == ban.network_hash


def _covers(written: str, network: str) -> bool:
    wide, narrow = ip_network(written), ip_network(network)
    return wide.version == narrow.version and narrow.subnet_of(wide)


# -- Words ---------------------------------------------------------------------------------------------------------


def _check(reason: str, until: datetime | None, now: datetime) -> None:
    check_reason_given(reason)
    if until and until <= now:
        raise Refused("The end of a ban has to lie ahead.")


def _terms(kind: str, until: datetime | None) -> str:
    """What and how long, for the record."""
    if kind == EVERYTHING and until is None:
        return ""
    return f"from {Ban.Kind(kind).label.lower()}" + (f", until {until:%Y-%m-%d %H:%M} UTC" if until else "")


def _moment(at: datetime) -> str:
    return f"{at:%B} {at.day}, {at:%Y}, {at:%H:%M} UTC"


def end_of(days: int | None, now: datetime) -> datetime | None:
    """When a ban of so many days is over; None for one without an end."""
    return now + timedelta(days=days) if days else None
