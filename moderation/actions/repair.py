"""Bringing derived values up to the log: what check_site and replay call when something stored is wrong."""

from datetime import datetime

from django.db import transaction

from comments.actions import lock_discussion, recount_discussion, set_score
from comments.models import Comment
from forum.accounts.actions import withdraw_karma
from moderation import integrity
from moderation.actions.reversals import rescore_from_log
from moderation.models import Moderation, PointGrant


@transaction.atomic
def reconcile_comment(comment_id: int) -> bool:
    """Bring one comment's derived values up to its log; True if one was wrong."""
    discussion_id = Comment.objects.values_list("discussion_id", flat=True).get(pk=comment_id)
    lock_discussion(discussion_id)
    return rescore_from_log(Comment.objects.get(pk=comment_id))


@transaction.atomic
def reconcile_discussion(discussion_id: int) -> int:
    """Bring all derived values of a discussion's comments, and its totals, up to the log; returns how many were wrong.

    Trusts no total on the way, so that it also mends what a step by one could not.
    """
    lock_discussion(discussion_id)
    wrong = list(integrity.wrong_scores(discussion=discussion_id))
    for comment_id, _, outcome in wrong:
        set_score(comment_id, score=outcome.score, label=outcome.label, has_bonus=outcome.has_bonus)
    recount_discussion(discussion_id)
    return len(wrong)


@transaction.atomic
def withdraw_leftover_karma(*, discussion_id: int, now: datetime) -> int:
    """Take back the karma of moderations that are withdrawn themselves; returns how many lines were left over."""
    lock_discussion(discussion_id)
    withdrawn = Moderation.objects.filter(comment__discussion=discussion_id, withdrawn_at__isnull=False)
    left = withdrawn.filter(karma_change__isnull=False, karma_change__withdrawn_at=None).select_related("karma_change")
    changes = [moderation.karma_change for moderation in left]
    withdraw_karma(changes=changes, now=now)
    return len(changes)


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
