"""Acts on many rows at once: proposed with their rows frozen, perhaps seconded, done in chunks by a job, undone as one.

A chunk is one transaction. It locks the mass act first, so that two workers take turns, and then as everybody does:
discussions by number, comments, members, moderators. A crash loses at most the chunk that was under way.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from comments.actions import lock_discussion, put_on, take_off, tell_of_act
from comments.models import Comment
from forum import policy
from forum.accounts.actions import Refused, check_reason_given, record_staff_act
from forum.accounts.models import StaffAct, User
from forum.nudges import nudge
from forum.retries import retried
from forum.rulebook.actions import version_in_force
from moderation.actions.flags import settle_flags
from moderation.actions.reversals import put_back, withdraw
from moderation.models import BulkAct, BulkItem, Flag, Moderation, Reversal
from moderation.models.acts import rows_of_mass_act

Kind, State = BulkAct.Kind, BulkAct.State


@retried
@transaction.atomic
def propose_mass_act(
    *, kind: str, target: Comment | User, most: int, actor: User, reason: str, now: datetime
) -> BulkAct:
    """Freeze the rows of a mass act and begin it, or let it wait for a second member of staff where the policy asks so.

    ``target``: the comment above the subtree, or the member; ``most``: how many of the newest, ignored for a subtree.
    One act of staff in either case. Raises Refused with words: no reason, nothing there, too many.
    """
    check_reason_given(reason)
    rows = list(rows_of_mass_act(kind, target, most)[: policy.MASS_MAX + 1])
    if not rows:
        raise Refused("There is nothing that this would change.")
    if len(rows) > policy.MASS_MAX:
        raise Refused(f"A mass act takes at most {policy.MASS_MAX:,} at a time.")
    second_pair_from = version_in_force(now).policy.second_pair_from
    waits = bool(second_pair_from) and len(rows) >= second_pair_from
    mass = BulkAct.objects.create(
        kind=kind,
        state=State.PROPOSED,
        comment=target if kind == Kind.HIDE_SUBTREE else None,
        member=None if kind == Kind.HIDE_SUBTREE else target,
        reason=reason.strip()[:200],
        proposed_by=actor,
        item_count=len(rows),
        proposed_at=now,
    )
    # In the order of discussions, so that a chunk has few of them to lock.
    BulkItem.objects.bulk_create([BulkItem(bulk_act=mass, row_id=pk) for _, pk in sorted(rows)], batch_size=1000)
    if waits:
        record_staff_act(
            actor=actor, verb="propose mass act", target=target, reason=reason, after=_extent(mass), now=now
        )
    else:
        _begin(mass, now)
    return mass


def _extent(mass: BulkAct) -> str:
    things = "moderation" if mass.kind == Kind.SET_BACK_MODERATOR else "comment"
    return f"{mass.item_count:,} {things}" + "s" * (mass.item_count != 1)


def _begin(mass: BulkAct, now: datetime, seconded_by: User | None = None) -> None:
    is_bomb = mass.kind == Kind.SET_BACK_MODERATOR
    mass.act = record_staff_act(
        actor=mass.proposed_by,
        verb="mass set back" if is_bomb else "mass hide",
        target=mass.comment or mass.member,
        reason=mass.reason,
        after=_extent(mass),
        now=now,
    )
    mass.state, mass.seconded_by = State.RUNNING, seconded_by
    BulkAct.objects.filter(pk=mass.pk).update(act=mass.act, state=mass.state, seconded_by=seconded_by)
    if is_bomb:
        tell_of_act(mass.act, recipient=mass.member, line="Staff withdrew your newest moderations", now=now)
    _nudge()


def _nudge() -> None:
    # One chunk at once; the timetable does the rest, so that no request waits for it where there is no worker.
    nudge("moderation.tasks.run_mass_acts", 1)


def _lock(mass_id: int) -> BulkAct:
    return BulkAct.objects.select_for_update(no_key=True).get(pk=mass_id)


@retried
@transaction.atomic
def second_mass_act(*, mass: BulkAct, actor: User, now: datetime) -> bool:
    """Let a mass act begin that somebody else proposed; False if it waits no more. Raises Refused: an own one."""
    mass = _lock(mass.pk)
    if mass.state != State.PROPOSED:
        return False
    if mass.proposed_by_id == actor.pk:
        raise Refused("You proposed this yourself; a second member of staff has to look at it.")
    _begin(mass, now, seconded_by=actor)
    return True


@retried
@transaction.atomic
def reject_mass_act(*, mass: BulkAct, actor: User, reason: str, now: datetime) -> bool:
    """Turn a proposed mass act down, or take an own proposal back; False if it does not wait any more."""
    check_reason_given(reason)
    mass = _lock(mass.pk)
    if mass.state != State.PROPOSED:
        return False
    BulkAct.objects.filter(pk=mass.pk).update(state=State.REJECTED, finished_at=now)
    target = mass.comment or mass.member
    record_staff_act(actor=actor, verb="reject mass act", target=target, reason=reason, before=_extent(mass), now=now)
    return True


def begin_undoing(mass: BulkAct) -> None:
    """Let the job undo a locked mass act, or what was done of it so far."""
    never_done = mass.items.filter(done_at=None).count()
    BulkAct.objects.filter(pk=mass.pk).update(state=State.UNDOING, done_count=never_done, finished_at=None)
    _nudge()


def run_mass_acts(*, now: datetime, chunks: int = policy.MASS_CHUNKS_PER_RUN) -> int:
    """Do the next chunks of the mass acts under way, oldest first; returns how many rows. Two workers share them."""
    done = 0
    for _ in range(chunks):
        mass_id = BulkAct.objects.under_way().order_by("id").values_list("pk", flat=True).first()
        if mass_id is None:
            break
        done += run_chunk(mass_id, now=now)
    return done


@retried
@transaction.atomic
def run_chunk(mass_id: int, *, now: datetime) -> int:
    """Do, or undo, the next rows of one mass act; returns how many. 0 once nothing is left."""
    mass = _lock(mass_id)
    if mass.state not in (State.RUNNING, State.UNDOING):
        return 0
    is_undoing = mass.state == State.UNDOING
    left = mass.items.filter(done_at__isnull=False, undone_at=None) if is_undoing else mass.items.filter(done_at=None)
    items = list(left.order_by("id")[: policy.MASS_CHUNK])
    if is_undoing:
        _undo(mass, [item for item in items if item.is_changed], now)
        left.filter(pk__in=[item.pk for item in items]).update(undone_at=now)
    else:
        changed = _do(mass, [item.row_id for item in items], now)
        mass.items.filter(row_id__in=changed).update(is_changed=True)
        left.filter(pk__in=[item.pk for item in items]).update(done_at=now)
    finished = {} if left.exists() else {"state": State.UNDONE if is_undoing else State.DONE, "finished_at": now}
    BulkAct.objects.filter(pk=mass.pk).update(done_count=F("done_count") + len(items), **finished)
    return len(items)


def _do(mass: BulkAct, row_ids: list[int], now: datetime) -> list[int]:
    """Change what is not so already; returns the rows that were changed."""
    if mass.kind == Kind.SET_BACK_MODERATOR:
        because = f"Withdrawn by staff. {mass.reason}"[:200]
        wanted = _lock_moderations(row_ids)
        changed = withdraw(wanted, kind=Reversal.Kind.STAFF, because=because, now=now, act=mass.act)
        return [moderation.pk for moderation in changed]
    _lock_discussions(Comment.objects.filter(pk__in=row_ids).values_list("discussion_id", flat=True))
    hidden = take_off(row_ids, now=now)
    settle_flags([comment.pk for comment in hidden], outcome=Flag.Outcome.ACTED, act=mass.act, now=now)
    _tell_authors(mass.act, hidden, "Staff removed comments of yours", now)
    return [comment.pk for comment in hidden]


def _undo(mass: BulkAct, items: list[BulkItem], now: datetime) -> None:
    """Put back what this act changed and nobody has changed since."""
    undone, done_at = mass.act.undone_by, {item.row_id: item.done_at for item in items}
    if mass.kind == Kind.SET_BACK_MODERATOR:
        wanted = [one for one in _lock_moderations(done_at) if one.reversals.latest("number").act_id == mass.act_id]
        put_back(wanted, because=f"Put back by staff. {undone.reason}"[:200].strip(), now=now, act=undone)
        return
    _lock_discussions(Comment.objects.filter(pk__in=done_at).values_list("discussion_id", flat=True))
    # One that was restored and hidden again meanwhile was hidden at another time, for a reason of its own.
    found = Comment.objects.filter(pk__in=done_at).values_list("pk", "hidden_at")
    shown = put_on([pk for pk, hidden_at in found if hidden_at == done_at[pk]])
    _tell_authors(undone, shown, "Comments of yours are shown again", now)


def _lock_moderations(row_ids: Iterable[int]) -> list[Moderation]:
    wanted = Moderation.objects.filter(pk__in=list(row_ids))
    _lock_discussions(wanted.values_list("comment__discussion_id", flat=True))
    return list(wanted.in_order())


def _lock_discussions(discussion_ids: Iterable[int]) -> None:
    for discussion_id in sorted(set(discussion_ids)):
        lock_discussion(discussion_id)


def _tell_authors(act: StaffAct, comments: list[Comment], line: str, now: datetime) -> None:
    """Once for each author and act, however many chunks there are: the letterbox keeps an event once."""
    for author in {comment.author for comment in comments if comment.author}:
        tell_of_act(act, recipient=author, line=line, now=now)
