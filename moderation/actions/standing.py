"""A member's standing: banned from the site, barred from moderating; told so, with the reason and how to appeal."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from comments.actions import tell_of_act
from forum import policy
from forum.accounts import actions as accounts_actions
from forum.accounts.actions import Refused, check_reason_given, record_staff_act
from forum.accounts.models import Ban, StaffAct, User
from forum.retries import retried
from forum.rulebook.actions import version_in_force
from moderation.actions.points import lock_spendable, new_grant, strip
from moderation.actions.tokens import lock_moderators
from moderation.models import Moderator, PointEntry, PointGrant

BAR_LIFTED = "Staff let you moderate again"


@transaction.atomic
def ban(
    *, member: User, actor: User, reason: str, now: datetime, kind: str = Ban.Kind.ALL, until: datetime | None = None
) -> bool:
    """Ban a member, who is told; False if banned from that already. Raises Refused without a reason."""
    terms = {"reason": reason, "now": now, "kind": kind, "until": until}
    act = accounts_actions.ban_member(member=member, actor=actor, **terms)
    if act:
        what = "posting and moderating" if kind == Ban.Kind.ALL else Ban.Kind(kind).label.lower()
        end = f" until {until:%B} {until.day}, {until:%Y}" if until else ""
        tell_of_act(act, recipient=member, line=f"Staff banned you from {what}{end}", now=now)
    return bool(act)


@transaction.atomic
def lift_ban(*, member: User, actor: User, reason: str, now: datetime) -> bool:
    """Let a banned member take part again, who is told; False if not banned."""
    act = accounts_actions.unban_member(member=member, actor=actor, reason=reason, now=now)
    if act:
        tell_of_act(act, recipient=member, line="Staff lifted your ban", now=now)
    return bool(act)


@transaction.atomic
def set_karma(*, member: User, karma: int, actor: User, reason: str, now: datetime) -> bool:
    """Set the karma of a member, who is told; False if it is that already. Raises Refused without a reason."""
    act = accounts_actions.set_karma(member=member, karma=karma, actor=actor, reason=reason, now=now)
    if act:
        line = f"Staff set your karma from {act.before} to {act.after}"
        tell_of_act(act, recipient=member, line=line, now=now)
    return bool(act)


@retried
@transaction.atomic
def bar_moderator(*, member: User, actor: User, reason: str, now: datetime) -> StaffAct:
    """Bar a member from moderating, for 30 days and each later time for 180, and take the points (rehash: modban).

    What the member moderated stays; propose_mass_act withdraws it. Raises Refused: no reason, barred already.
    """
    check_reason_given(reason)
    grants = lock_spendable(member, now)
    moderator = lock_moderators([member.pk])[member.pk]
    if is_barred(moderator, now):
        raise Refused(f"This member is barred already, until {moderator.barred_until:%Y-%m-%d}.")
    until = now + (policy.BAR_AGAIN if moderator.bars else policy.BAR_FIRST)
    Moderator.objects.filter(pk=member.pk).update(barred_until=until, barred_because=reason[:200], bars=F("bars") + 1)
    act = record_staff_act(
        actor=actor, verb="bar", target=member, reason=reason, after=f"until {until:%Y-%m-%d}", now=now
    )
    strip(grants, act=act, now=now)
    line = f"Staff barred you from moderating until {until:%B} {until.day}, {until:%Y}"
    tell_of_act(act, recipient=member, line=line, now=now)
    return act


def is_barred(moderator: Moderator, now: datetime) -> bool:
    return moderator.barred_until is not None and moderator.barred_until > now


@retried
@transaction.atomic
def lift_bar(*, member: User, actor: User, reason: str, now: datetime) -> bool:
    """Let a barred member moderate again before the time; False if not barred. The bar still counts as one."""
    if not is_barred(lock_moderators([member.pk])[member.pk], now):
        return False
    Moderator.objects.filter(pk=member.pk).update(barred_until=None, barred_because="")
    bar = StaffAct.objects.on(member).standing("bar").first()
    act = record_staff_act(actor=actor, verb="lift bar", target=member, reason=reason, undoes=bar, now=now)
    tell_of_act(act, recipient=member, line=BAR_LIFTED, now=now)
    return True


def undo_bar(act: StaffAct, *, now: datetime) -> None:
    """Let it be as if a bar had never been, under the moderator's lock: the points it took are given anew."""
    newest = StaffAct.objects.filter(verb="bar", target_id=act.target_id).latest("id")
    if newest.pk == act.pk:  # a later bar stands
        Moderator.objects.filter(pk=act.target_id).update(barred_until=None, barred_because="")
    Moderator.objects.filter(pk=act.target_id, bars__gte=1).update(bars=F("bars") - 1)
    taken = PointEntry.objects.filter(act=act).aggregate(points=Sum("points", default=0))["points"]
    if taken:
        new_grant(
            member_id=act.target_id,
            points=taken,
            kind=PointGrant.Kind.STAFF,
            cause="Given back: the bar from moderating was undone",
            version=version_in_force(now),
            now=now,
        ).save(force_insert=True)
