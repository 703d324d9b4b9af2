"""Taking an act of staff back, whatever it was: one more act, which names the one that it undoes."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from comments.actions import lock_discussion, put_on, tell_of_act
from comments.models import Comment, CommentText
from forum.accounts.actions import Refused, check_reason_given, record_staff_act, undo_ban
from forum.accounts.models import StaffAct, User
from forum.retries import retried
from moderation.actions.mass import begin_undoing
from moderation.actions.reversals import put_back_those_of, withdraw
from moderation.actions.standing import undo_bar
from moderation.actions.tokens import lock_moderators
from moderation.models import BulkAct, Moderation, Reversal
from moderation.models.acts import was_hit


class Way(NamedTuple):
    """How acts of one kind are undone: ``lock(act)`` first, then ``undo(act, the act that undoes it, now)``."""

    lock: Callable[[StaffAct], object]
    undo: Callable[[StaffAct, StaffAct, datetime], object]


def lock_discussion_of(act: StaffAct) -> None:
    lock_discussion(Comment.objects.values_list("discussion_id", flat=True).get(pk=act.target_id))


def lock_member(act: StaffAct) -> None:
    User.objects.select_for_update(no_key=True).get(pk=act.target_id)


def lock_mass(act: StaffAct) -> None:
    BulkAct.objects.select_for_update(no_key=True).get(act=act)


def _withdraw_correction(act: StaffAct, undone: StaffAct, now: datetime) -> None:
    corrections = list(Moderation.objects.filter(act=act))
    because = f"Undone by staff. {undone.reason}"[:200].strip()
    withdraw(corrections, kind=Reversal.Kind.STAFF, because=because, now=now, act=undone)


def _show_again(act: StaffAct, undone: StaffAct, now: datetime) -> None:
    if CommentText.objects.filter(pk=act.target_id, erased_at__isnull=False).exists():
        raise Refused("Its words were erased since; nothing can bring them back.")
    put_on([act.target_id])


WAYS = {
    "hide": Way(lock_discussion_of, _show_again),
    "rescore": Way(lock_discussion_of, _withdraw_correction),
    "set back": Way(lock_discussion_of, lambda act, undone, now: put_back_those_of(act, undone=undone, now=now)),
    "ban": Way(lock_member, lambda act, undone, now: undo_ban(act, now=now)),
    "bar": Way(lambda act: lock_moderators([act.target_id]), lambda act, undone, now: undo_bar(act, now=now)),
    "mass hide": Way(lock_mass, lambda act, undone, now: begin_undoing(act.bulk_act)),
    "mass set back": Way(lock_mass, lambda act, undone, now: begin_undoing(act.bulk_act)),
}


def target_of(act: StaffAct) -> Comment | User:
    model = Comment if act.target_kind == Comment._meta.verbose_name else User
    return model.objects.get(pk=act.target_id)


def take_back(*, act: StaffAct, verb: str, actor: User, reason: str, now: datetime) -> StaffAct:
    """Undo an act, inside the caller's transaction, and record that; one undone meanwhile is left as it is."""
    way = WAYS[act.verb]
    way.lock(act)
    is_standing = not StaffAct.objects.filter(undoes=act).exists()
    undone = record_staff_act(
        actor=actor,
        verb=verb,
        target=target_of(act),
        reason=reason,
        before=act.verb,
        undoes=act if is_standing else None,
        now=now,
    )
    if is_standing:
        way.undo(act, undone, now)
    return undone


@retried
@transaction.atomic
def undo_act(*, act: StaffAct, actor: User, reason: str, now: datetime) -> bool:
    """Undo an act of staff, a mass act as a whole, and tell whom it had hit; False if it was undone already.

    Raises Refused with words: no reason, an act of a kind that cannot be undone like this, or one of somebody else that
    hit this member of staff.
    """
    check_reason_given(reason)
    if act.actor_id != actor.pk and was_hit(act, actor):
        raise Refused("This was done to you, so another member of staff has to decide about it. You can appeal.")
    if act.verb not in WAYS:
        raise Refused("An act of this kind is taken back by its opposite, not undone.")
    WAYS[act.verb].lock(act)
    if StaffAct.objects.filter(undoes=act).exists():
        return False
    undone = take_back(act=act, verb="undo", actor=actor, reason=reason, now=now)
    if act.verb != "mass hide":  # there each author is told as the chunks go
        target = target_of(act)
        recipient = target.author if isinstance(target, Comment) else target
        tell_of_act(undone, recipient=recipient, line="Staff took back what they did", now=now)
    return True
