"""Bringing what is kept of the logs up to them: what check_site, replay and the jobs call when a copy is wrong.

Everything is computed again under the locks, since somebody may have changed it after it was found wrong, and only what
differs is written: doing it twice changes nothing.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction

from comments.actions import lock_discussion, recount_discussion, set_score
from comments.models import Comment
from forum.accounts.actions import reconcile_karma, restore_karma, withdraw_karma
from forum.accounts.models import KarmaChange
from forum.retries import retried
from moderation import integrity
from moderation.actions.reversals import rescore_from_log
from moderation.actions.tokens import lock_moderators
from moderation.models import Moderation, Moderator, PointGrant, TokenEntry


@retried
@transaction.atomic
def reconcile_comment(comment_id: int) -> bool:
    """Bring one comment's derived values, and its moderations' copies, up to the log; True if one was wrong."""
    discussion_id = Comment.objects.values_list("discussion_id", flat=True).get(pk=comment_id)
    lock_discussion(discussion_id)
    wrong = [one for one in integrity.out_of_step(pk=comment_id) if isinstance(one, integrity.WrongWithdrawal)]
    _set_withdrawals(wrong)
    return rescore_from_log(Comment.objects.get(pk=comment_id)) or bool(wrong)


@retried
@transaction.atomic
def reconcile_discussion(discussion_id: int) -> int:
    """Bring everything kept of a discussion's log, and its totals, up to it; returns how many copies were wrong.

    Trusts no total on the way, so that it also mends what a step by one could not.
    """
    lock_discussion(discussion_id)
    wrong = list(integrity.out_of_step(discussion=discussion_id))
    _set_withdrawals(one for one in wrong if isinstance(one, integrity.WrongWithdrawal))
    for one in wrong:
        if isinstance(one, integrity.WrongScore):
            score, label, has_bonus = one.replayed
            set_score(one.comment_id, score=score, label=label, has_bonus=has_bonus)
    recount_discussion(discussion_id)
    return len(wrong)


def _set_withdrawals(wrong: Iterable[integrity.WrongWithdrawal]) -> None:
    """Those that withdraw come first: a moderator has one active moderation of a comment, by constraint.

    Where that stands in the way nevertheless, the log itself is wrong, and the copy stays for a person to look at.
    """
    for one in sorted(wrong, key=lambda one: one.logged.at is None):
        with suppress(IntegrityError), transaction.atomic():
            at, because = one.logged
            Moderation.objects.filter(pk=one.moderation_id).update(withdrawn_at=at, withdrawn_because=because)


@retried
@transaction.atomic
def balance_karma(*, discussion_id: int, now: datetime) -> int:
    """Let karma lines count exactly as long as their moderations do, by lines that reverse them; returns how many.

    The moderations' reversals are the truth here. The lines' own copies are brought up to their chains first.
    """
    lock_discussion(discussion_id)
    unbalanced = list(integrity.unbalanced_karma(comment__discussion=discussion_id))
    lines = KarmaChange.objects.in_bulk([one.karma_change_id for one in unbalanced])
    for member_id in sorted({line.member_id for line in lines.values()}):
        reconcile_karma(member_id)
    gone = [lines[one.karma_change_id] for one in unbalanced if one.is_withdrawn]
    back = [lines[one.karma_change_id] for one in unbalanced if not one.is_withdrawn]
    withdraw_karma(changes=gone, cause="Taken back with its moderation", now=now)
    restore_karma(changes=back, cause="Put back with its moderation", now=now)
    return len(unbalanced)


@retried
@transaction.atomic
def reconcile_grant(grant_id: int) -> bool:
    """Bring one grant's remaining points up to the log; True if they were wrong.

    More points spent than granted cannot be put right here; then nothing changes.
    """
    PointGrant.objects.select_for_update(no_key=True).get(pk=grant_id)
    stored, replayed = integrity.balance_of(grant_id)
    if replayed.left < 0 or replayed == stored:
        return False
    return bool(PointGrant.objects.filter(pk=grant_id).update(points_left=replayed.left, points_expired=replayed.gone))


@retried
@transaction.atomic
def reconcile_moderator(member_id: int) -> bool:
    """Bring a member's tokens, the balance of each entry and the last grant up to the log; True if one was wrong."""
    lock_moderators([member_id])
    wrong = list(integrity.wrong_balances(pk=member_id))
    for entry in wrong:
        TokenEntry.objects.filter(pk=entry.entry_id).update(balance=entry.summed)
    stored, logged = integrity.kept_of(member_id)
    if stored != logged:
        Moderator.objects.filter(pk=member_id).update(tokens=logged.tokens, granted_at=logged.granted_at)
    return bool(wrong) or stored != logged
