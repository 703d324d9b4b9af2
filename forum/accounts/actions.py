"""The only door through which members, karma and the record of staff acts change."""

from datetime import datetime

from django.db import models, transaction

from forum.accounts import rules
from forum.accounts.models import ArchivedPerson, KarmaChange, StaffAct, User


class Refused(Exception):
    """The act is not allowed; the message says why, in words for the person who tried."""


def record_staff_act(
    *, actor: User | None, verb: str, target: models.Model, now: datetime, reason="", before="", after=""
) -> StaffAct:
    """Write down one staff act, inside the transaction of the act itself."""
    return StaffAct.objects.create(
        actor=actor,
        verb=verb,
        target_kind=target._meta.verbose_name,
        target_id=target.pk,
        target_name=str(target)[:250],
        reason=reason[:200],
        before=str(before)[:250],
        after=str(after)[:250],
        acted_at=now,
    )


@transaction.atomic
def change_karma(*, member: User, delta: int, cause: str, now: datetime) -> KarmaChange:
    """Append one line to the member's karma log and bring the stored karma up to it.

    The range is applied at each line (Slash: clamp -25..50), so the stored value is the replay of the log.
    """
    karma = User.objects.select_for_update(no_key=True).values_list("karma", flat=True).get(pk=member.pk)
    change = KarmaChange.objects.create(member=member, delta=delta, cause=cause[:200], changed_at=now)
    # Nothing earlier changed, so one step from the stored value equals the whole replay.
    User.objects.filter(pk=member.pk).update(karma=rules.clamp_karma(karma + delta))
    return change


@transaction.atomic
def withdraw_karma(*, changes: list[KarmaChange], now: datetime) -> None:
    """Take karma lines back and replay their members' logs: at a bound a mere subtraction would be wrong."""
    KarmaChange.objects.filter(pk__in=[change.pk for change in changes]).active().update(withdrawn_at=now)
    for member_id in sorted({change.member_id for change in changes}):
        recompute_karma(member_id)


@transaction.atomic
def recompute_karma(member_id: int) -> bool:
    """Set one member's karma to the replay of the log; True if the stored value was another."""
    stored = User.objects.select_for_update(no_key=True).values_list("karma", flat=True).get(pk=member_id)
    deltas = KarmaChange.objects.filter(member=member_id).active().values_list("delta", flat=True)
    karma = rules.replay_karma(deltas.order_by("id").iterator())
    User.objects.filter(pk=member_id).update(karma=karma)
    return karma != stored


@transaction.atomic
def set_karma(*, member: User, karma: int, actor: User | None, reason: str, now: datetime) -> None:
    """A member of staff sets a member's karma: one line in the log with the difference, one staff act."""
    before = User.objects.select_for_update(no_key=True).values_list("karma", flat=True).get(pk=member.pk)
    wanted = rules.clamp_karma(karma)
    if wanted != before:
        change_karma(member=member, delta=wanted - before, cause=f"Set by staff: {reason}", now=now)
        record_staff_act(
            actor=actor, verb="set karma", target=member, reason=reason, before=before, after=wanted, now=now
        )


@transaction.atomic
def ban_member(*, member: User, actor: User, reason: str, now: datetime) -> None:
    """Stop a member from posting and moderating, with the reason told to the member. Raises Refused without one."""
    if not reason.strip():
        raise Refused("Say why: the member is told the reason.")
    if User.objects.filter(pk=member.pk, banned_at=None).update(banned_at=now, ban_reason=reason[:200]):
        record_staff_act(actor=actor, verb="ban", target=member, reason=reason, now=now)


@transaction.atomic
def unban_member(*, member: User, actor: User, reason: str, now: datetime) -> None:
    """Let a banned member post and moderate again."""
    if User.objects.filter(pk=member.pk, banned_at__isnull=False).update(banned_at=None, ban_reason=""):
        record_staff_act(actor=actor, verb="unban", target=member, reason=reason, now=now)


def save_preferences(*, member: User, **chosen) -> None:
    """Store what a member chose; only the columns named are touched."""
    User.objects.filter(pk=member.pk).update(**chosen)


@transaction.atomic
def hide_archived_person(*, person: ArchivedPerson, actor: User, reason: str, now: datetime) -> None:
    """Take an archived person's name off the pages, at that person's request."""
    if ArchivedPerson.objects.filter(pk=person.pk, hidden_at=None).update(hidden_at=now):
        record_staff_act(actor=actor, verb="hide name", target=person, reason=reason, now=now)


@transaction.atomic
def show_archived_person(*, person: ArchivedPerson, actor: User, reason: str, now: datetime) -> None:
    """Put an archived person's name back on the pages."""
    if ArchivedPerson.objects.filter(pk=person.pk, hidden_at__isnull=False).update(hidden_at=None):
        record_staff_act(actor=actor, verb="show name", target=person, reason=reason, now=now)


def keep_archived_person(*, source: str, number: int, name: str) -> ArchivedPerson:
    """The record of an archived person, made on first meeting and renamed when a newer archive says so."""
    person, made = ArchivedPerson.objects.get_or_create(
        source=source, number=number, defaults={"name": name, "name_key": rules.name_skeleton(name)}
    )
    if not made and person.name != name:
        person.name, person.name_key = name, rules.name_skeleton(name)
        person.save(update_fields=["name", "name_key"])
    return person
