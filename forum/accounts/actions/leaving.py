"""What ends: sessions, the keys of days long past, and an account whose member wishes to be erased."""

import secrets
from datetime import date, datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction

from forum import policy
from forum.accounts import rules
from forum.accounts.actions.archived import names_changed
from forum.accounts.models import NetworkKey, Relation, RetiredName, StaffAct, User


def forget_expired_sessions(*, now: datetime) -> int:
    """Delete the sessions that have run out, and what members were told of them; returns how many sessions."""
    gone = Session.objects.filter(expire_date__lt=now).delete()[0]
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return gone


@transaction.atomic
def end_session(*, member: User, pk: int) -> bool:
    """Sign a member out in one browser; False if there is no such session of that member."""
    session = UserSession.objects.filter(user=member, pk=pk).first()
    if session is None:
        return False
    session.end()
    return True


def network_key(day: date) -> NetworkKey:
    """The key of a day, made when somebody first needs it."""
    return NetworkKey.objects.get_or_create(day=day, defaults={"secret": secrets.token_bytes()})[0]


def destroy_old_network_keys(*, today: date) -> int:
    """Destroy the keys of days long past, and with them every hash made under them; returns how many keys."""
    old = NetworkKey.objects.filter(day__lt=today - policy.NETWORK_KEY_LIFETIME)
    return old.delete()[1].get("accounts.NetworkKey", 0)


@transaction.atomic
def erase_account(*, member: User, now: datetime) -> None:
    """Let nothing be left of who a member was, and let nobody else have the name; number, karma and records stay."""
    member = User.objects.select_for_update(no_key=True).get(pk=member.pk)
    name = rules.erased_name(member.pk)
    retired = RetiredName(name_hash=RetiredName.hash_of(member.name_key))
    RetiredName.objects.bulk_create([retired], ignore_conflicts=True)
    Relation.objects.around(member).delete()
    for rows in (EmailAddress, Authenticator, SocialAccount, UserSession):
        rows.objects.filter(user=member).delete()
    _end_sessions(member)
    member.groups.clear()
    member.user_permissions.clear()
    nobody = User(pk=member.pk, username=name, name_key=rules.name_skeleton(name), password=make_password(None))
    nobody.joined_at, nobody.karma, nobody.erased_at, nobody.is_active = member.joined_at, member.karma, now, False
    nobody.save(force_update=True)
    StaffAct.objects.on(member).update(target_name=name)
    StaffAct.objects.on(member).filter(verb="rename").update(before="", after="")
    entries = {"content_type": ContentType.objects.get_for_model(User), "object_id": str(member.pk)}
    LogEntry.objects.filter(**entries).update(object_repr=name, change_message="")
    names_changed()


def _end_sessions(member: User) -> None:
    """End every session of a member; the rows tell whose they are only when they are opened one by one."""
    own = [one.pk for one in Session.objects.iterator() if one.get_decoded().get(SESSION_KEY) == str(member.pk)]
    Session.objects.filter(pk__in=own).delete()
