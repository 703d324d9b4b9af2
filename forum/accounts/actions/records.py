"""The record of what staff did, and the refusal that every action speaks in."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models

from forum.accounts.models import KarmaChange, StaffAct, User
from forum.rulebook.actions import version_in_force
from forum.text import clean_line


class Refused(Exception):
    """The act is not allowed; the message says why, in words for the person who tried."""


def record_staff_act(
    *,
    actor: User | None,
    verb: str,
    target: models.Model,
    now: datetime,
    reason="",
    before="",
    after="",
    undoes: StaffAct | None = None,
) -> StaffAct:
    """Write down one staff act, inside the transaction of the act itself; ``undoes`` is the act it takes back.

    Its words are told in feeds and mails as well, which take no control characters.
    """
    return StaffAct.objects.create(
        actor=actor,
        verb=verb,
        target_kind=target._meta.verbose_name,
        target_id=target.pk,
        target_name=clean_line(str(target))[:250],
        reason=clean_line(reason)[:200],
        before=clean_line(str(before))[:250],
        after=clean_line(str(after))[:250],
        acted_at=now,
        policy=version_in_force(now),
        undoes=undoes,
    )


def check_reason_given(reason: str) -> None:
    """Raise Refused if an act that concerns somebody comes without its reason."""
    if not clean_line(reason):
        raise Refused("Say why: the reason is public, and told to whom it concerns.")


def forget_words_of(*, target: models.Model, name: str, karma_changes: Iterable[int], cause: str) -> None:
    """Let records quote a target no more whose words were erased; what was done, when, why and by whom stays.

    The one change that records know (docs/decisions/0014). ``karma_changes``: the lines of karma that quote it.
    """
    StaffAct.objects.on(target).update(target_name=name)
    KarmaChange.objects.filter(pk__in=list(karma_changes)).update(cause=cause)
