"""Members, their karma, their names and rights, and whom they call friend or foe."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import cycle

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import Q

from forum import policy
from forum.accounts import integrity, rules
from forum.accounts.actions.archived import names_changed
from forum.accounts.actions.bans import check_not_banned
from forum.accounts.actions.records import Refused, check_reason_given, record_staff_act
from forum.accounts.models import ArchivedPerson, KarmaChange, Relation, RetiredName, StaffAct, User
from forum.retries import retried
from forum.rulebook.actions import version_in_force
from forum.rulebook.models import PolicyVersion
from forum.text import TextRefused, clean_line, render


@transaction.atomic(savepoint=False)  # two statements less for each moderation
def change_karma(
    *, member: User, delta: int, cause: str, now: datetime, version: PolicyVersion | None = None
) -> KarmaChange:
    """Append one line to the member's karma log and bring the stored karma up to it.

    The range is applied at each line (Slash: clamp -25..50), so the stored value is the replay of the log.
    """
    karma = User.objects.select_for_update(no_key=True).values_list("karma", flat=True).get(pk=member.pk)
    change = KarmaChange.objects.create(
        member=member, delta=delta, cause=cause[:200], changed_at=now, policy=version or version_in_force(now)
    )
    # Nothing earlier changed, so one step from the stored value equals the whole replay.
    User.objects.filter(pk=member.pk).update(karma=rules.clamp_karma(karma + delta))
    return change


def withdraw_karma(*, changes: list[KarmaChange], now: datetime, cause: str = "Taken back") -> None:
    """Take karma lines back and replay their members' logs: at a bound a mere subtraction would be wrong."""
    _reverse(changes, Q(withdrawn_at=None), cause, now)


def restore_karma(*, changes: list[KarmaChange], now: datetime, cause: str = "Put back") -> None:
    """Let karma lines count again that were taken back, and replay their members' logs."""
    _reverse(changes, Q(withdrawn_at__isnull=False), cause, now)


@transaction.atomic
def _reverse(changes: list[KarmaChange], wanted: Q, cause: str, now: datetime) -> None:
    """Add a line that reverses each change that is as ``wanted``; members are locked first, in order."""
    members = sorted({change.member_id for change in changes})
    list(User.objects.select_for_update(no_key=True).filter(pk__in=members).order_by("pk").values_list("pk"))
    found = KarmaChange.objects.filter(wanted, pk__in=[change.pk for change in changes]).order_by("pk")
    for pk, member_id in list(found.values_list("pk", "member_id")):
        chain = _chain(pk)
        version = version_in_force(now)
        line = {"delta": 0, "cause": cause[:200], "changed_at": now, "policy": version, "reverses_id": chain[-1]}
        KarmaChange.objects.create(member_id=member_id, **line)
        # The last of them is reversed now, so every second one before it counts again.
        for reversed_line, withdrawn_at in zip(reversed(chain), cycle((now, None)), strict=False):
            KarmaChange.objects.filter(pk=reversed_line).update(withdrawn_at=withdrawn_at)
    for member_id in members:
        recompute_karma(member_id)


def _chain(pk: int) -> list[int]:
    """A line, the line that reverses it, the line that reverses that one, and so on."""
    chain = [pk]
    while nearer := KarmaChange.objects.filter(reverses=chain[-1]).values_list("pk", flat=True).first():
        chain.append(nearer)
    return chain


@transaction.atomic
def recompute_karma(member_id: int) -> bool:
    """Set one member's karma to the replay of the log; True if the stored value was another."""
    stored = User.objects.select_for_update(no_key=True).values_list("karma", flat=True).get(pk=member_id)
    deltas = KarmaChange.objects.filter(member=member_id).counting().values_list("delta", flat=True)
    karma = rules.replay_karma(deltas.order_by("id").iterator())
    User.objects.filter(pk=member_id).update(karma=karma)
    return karma != stored


@retried
@transaction.atomic
def reconcile_karma(member_id: int) -> bool:
    """Bring a member's karma, and whether each line of it counts, up to the log; True if something was wrong.

    The truth are the lines and which of them reverse which; nothing else is trusted.
    """
    if not User.objects.select_for_update(no_key=True).filter(pk=member_id).values_list("pk", flat=True).first():
        return False
    wrong = integrity.wrong_karma_lines(member_id)
    for line in wrong:
        KarmaChange.objects.filter(pk=line.number).update(withdrawn_at=line.logged)
    return recompute_karma(member_id) or bool(wrong)


@transaction.atomic
def set_karma(*, member: User, karma: int, actor: User | None, reason: str, now: datetime) -> StaffAct | None:
    """A member of staff sets a member's karma: one line in the log with the difference, one staff act.

    None if it is that already. Raises Refused without a reason.
    """
    check_reason_given(reason)
    before = User.objects.select_for_update(no_key=True).values_list("karma", flat=True).get(pk=member.pk)
    wanted = rules.clamp_karma(karma)
    if wanted == before:
        return None
    change_karma(member=member, delta=wanted - before, cause=f"Set by staff: {reason}", now=now)
    return record_staff_act(
        actor=actor, verb="set karma", target=member, reason=reason, before=before, after=wanted, now=now
    )


def check_not_kept(name_key: str) -> None:
    """Raise Refused, with words, where a name with this key is kept for the site, for somebody archived or gone."""
    if name_key == rules.name_skeleton(settings.SITE_NAME):
        raise Refused("That name is kept for the site itself. Please choose another.")
    if ArchivedPerson.objects.filter(name_key=name_key).exists():
        raise Refused("That name belongs to somebody in an imported archive and is kept for them.")
    if RetiredName.objects.like(name_key).exists():
        raise Refused("That name belonged to a member who has left, and is given to nobody else.")


@transaction.atomic
def rename_member(*, member: User, name: str, actor: User, reason: str, now: datetime) -> None:
    """Give a member another name. Raises Refused with words: malformed, taken, a look-alike, kept for somebody."""
    try:
        name = rules.check_name(name)
    except rules.BadName as problem:
        raise Refused(str(problem)) from problem
    key = rules.name_skeleton(name)
    check_not_kept(key)
    before = User.objects.select_for_update(no_key=True).values_list("username", flat=True).get(pk=member.pk)
    try:
        with transaction.atomic():
            User.objects.filter(pk=member.pk).update(username=name, name_key=key)
    except IntegrityError as problem:
        raise Refused("That name, or one that looks like it, is taken.") from problem
    member.username, member.name_key = name, key
    if before != name:
        names_changed()
        record_staff_act(actor=actor, verb="rename", target=member, reason=reason, before=before, after=name, now=now)


def prove_member(member: User) -> None:
    """Let a member post like everybody who has signed up without a challenge's solution: staff have read something."""
    User.objects.filter(pk=member.pk, is_unproven=True).update(is_unproven=False)


@transaction.atomic
def edit_member(*, member: User, actor: User, now: datetime, groups: Iterable[Group] | None = None, **columns) -> None:
    """Store a member's address, flags and groups; only what is named is touched. Raises Refused: address taken.

    A new address is unconfirmed: where mail is set up, its owner confirms it at the next sign-in.
    """
    member = User.objects.select_for_update(no_key=True).get(pk=member.pk)
    before, address = _standing(member), member.email
    try:
        with transaction.atomic():
            User.objects.filter(pk=member.pk).update(**columns)
    except IntegrityError as problem:
        raise Refused("Another member has this address.") from problem
    if groups is not None:
        member.groups.set(groups)
    member.refresh_from_db()
    # The record of staff acts is read by many; an address is for few.
    after = _standing(member) + ", another address" * (member.email != address)
    if member.email != address:
        _replace_address(member)
    if after != before:
        record_staff_act(actor=actor, verb="edit member", target=member, before=before, after=after, now=now)


def _standing(member: User) -> str:
    flags = ("is_active", "is_staff", "is_superuser")
    words = [member._meta.get_field(name).verbose_name for name in flags if getattr(member, name)]
    return ", ".join([*words, *member.groups.order_by("name").values_list("name", flat=True)])


def _replace_address(member: User) -> None:
    EmailAddress.objects.filter(user=member).delete()
    if member.email:
        EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=False)


@transaction.atomic
def set_password(*, member: User, password: str, actor: User, reason: str, now: datetime) -> None:
    """A member of staff sets a member's password, which also ends the member's sessions elsewhere."""
    member.set_password(password)
    member.save(update_fields=["password"])
    record_staff_act(actor=actor, verb="set password", target=member, reason=reason, now=now)


@transaction.atomic
def take_second_factor_away(*, member: User, actor: User | None, reason: str, now: datetime) -> StaffAct | None:
    """Let somebody whose phone and keys are lost sign in with the password alone; None if there is no second factor.

    Sessions end, since it may have been asked for by somebody else. Raises Refused without a reason.
    """
    check_reason_given(reason)
    if not Authenticator.objects.filter(user=member).delete()[0]:
        return None
    for session in UserSession.objects.filter(user=member):
        session.end()
    return record_staff_act(actor=actor, verb="second factor off", target=member, reason=reason, now=now)


@transaction.atomic
def change_signature(*, member: User, signature: str, now: datetime) -> bool:
    """Let other words stand under all of a member's comments; False if they are the same.

    Raises Refused with words: banned, changed a moment ago, or nothing that can be shown.
    """
    signature, written = clean_line(signature)[: policy.SIGNATURE_MAX], User.objects.filter(pk=member.pk)
    if written.filter(signature=signature).exists():
        return False
    check_not_banned(member, "change your signature")
    try:
        html = render(signature, "plain") if signature else ""
    except TextRefused as refusal:
        raise Refused(str(refusal)) from refusal
    # The condition stands in the UPDATE: of two tabs one changes it.
    rested = Q(signature_at=None) | Q(signature_at__lte=now - policy.SIGNATURE_EVERY)
    if not written.filter(rested).update(signature=signature, signature_html=html, signature_at=now):
        minutes = policy.SIGNATURE_EVERY // timedelta(minutes=1)
        raise Refused(f"You changed your signature less than {minutes} minutes ago. Please wait a little.")
    names_changed()
    return True


@transaction.atomic
def take_signature_away(*, member: User, actor: User, reason: str, now: datetime) -> StaffAct | None:
    """Staff let no words stand under a member's comments; None if there are none. Raises Refused without a reason."""
    check_reason_given(reason)
    if (
        not User.objects.filter(pk=member.pk)
        .exclude(signature="")
        .update(signature="", signature_html="", signature_at=now)
    ):
        return None
    names_changed()
    return record_staff_act(actor=actor, verb="signature off", target=member, reason=reason, now=now)


def save_preferences(*, member: User, **chosen) -> None:
    """Store what a member chose; only the columns named are touched."""
    User.objects.filter(pk=member.pk).update(**chosen)


@retried
@transaction.atomic
def relate(*, member: User, other: User, kind: Relation.Kind | None, now: datetime) -> None:
    """Call another member friend or foe, ignore the member, or neither with ``None``; what is said last holds.

    Raises Refused with words: oneself, somebody who is here no more, too many relations.
    """
    if member.pk == other.pk:
        raise Refused("You cannot be your own friend or foe, nor ignore yourself.")
    # One at a time for each member: the limit holds, and of two tabs the later one decides.
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=member.pk)
    here = Relation.objects.filter(member=member, other=other)
    if kind is None:
        here.delete()
    elif not here.exclude(kind=kind).update(kind=kind, related_at=now) and not here.exists():
        _begin_relation(member, other, kind, now)


def _begin_relation(member: User, other: User, kind: Relation.Kind, now: datetime) -> None:
    if not other.is_active:
        raise Refused("This member is here no more.")
    if Relation.objects.filter(member=member).count() >= policy.RELATIONS_MAX:
        raise Refused(
            f"You have {policy.RELATIONS_MAX} friends, foes and ignored people, which is as many as anybody can."
            " Let one go first."
        )
    Relation.objects.create(member=member, other=other, kind=kind, related_at=now)
