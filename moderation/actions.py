"""The only door through which moderations and mod points change.

Locks are always taken in this order, so that no two acts wait for each other: discussion, comment, grant, members by
number.
"""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from comments.actions import (
    DiscussionClosed,
    Words,
    lock_discussion,
    post_comment,
    recount_discussion,
    rescore_comment,
    set_score,
)
from comments.models import Comment, Discussion
from forum import policy
from forum.accounts.actions import Refused, change_karma, check_not_banned, record_staff_act, withdraw_karma
from forum.accounts.models import User
from forum.notifications.actions import leave_notification
from moderation import integrity, rules
from moderation.models import Moderation, PointGrant


@transaction.atomic
def take_part(
    *,
    discussion: Discussion,
    author: User | None,
    parent: Comment | None,
    words: Words,
    form_key: str | None,
    now: datetime,
    declines_bonus: bool = False,
) -> Comment:
    """Post a comment, and withdraw the member's own moderations in the discussion: nobody is player and referee.

    Posting as an Anonymous Coward (``author=None``) withdraws nothing (Slash: the sanctioned loophole). Points spent
    are not returned. Raises as comments.actions.post_comment; then nothing was withdrawn either.
    """
    lock_discussion(discussion.pk)
    comment = post_comment(
        discussion=discussion,
        author=author,
        parent=parent,
        words=words,
        form_key=form_key,
        now=now,
        declines_bonus=declines_bonus,
    )
    if comment.author_id:
        own = Moderation.objects.active().by(comment.author).in_discussion(discussion)
        _withdraw(list(own.select_related("karma_change")), because="The moderator posted in the discussion.", now=now)
    return comment


@transaction.atomic
def spend_point(*, comment: Comment, moderator: User, reason: int, now: datetime) -> Moderation:
    """Moderate one comment: one point less, one line in the log, the score recomputed from it, the author's karma.

    Raises Refused with words; then nothing has moved and the point is still there.
    """
    discussion = lock_discussion(comment.discussion_id)
    comment = Comment.objects.select_for_update(of=("self",), no_key=True).select_related("author").get(pk=comment.pk)
    check_may_moderate(discussion=discussion, comment=comment, moderator=moderator, now=now)
    if refusal := rules.check_reason(reason, comment.score):
        raise Refused(refusal)
    grant = _take_point(moderator, now)
    moderation = _log(comment, moderator, reason, grant, now)
    rescore_from_log(comment)
    _tell_author(moderation, comment, now)
    return moderation


def check_may_moderate(*, discussion: Discussion, comment: Comment, moderator: User, now: datetime) -> None:
    """Raise Refused, in words, if this member may not moderate this comment now (Slash: _can_mod)."""
    if discussion.status == Discussion.Status.ARCHIVED:
        raise DiscussionClosed("This discussion is archived: its scores stay as they are.")
    if not discussion.is_open(now):
        raise DiscussionClosed("This discussion is closed.")
    if comment.hidden_at:
        raise Refused("This comment was removed meanwhile.")
    if comment.author_id == moderator.pk:
        raise Refused("This is your own comment; others decide about it.")
    if (comment.posted_at or discussion.opens_at) < now - policy.MODERATION_WINDOW:
        raise Refused(f"This comment is older than {policy.MODERATION_WINDOW.days} days; its score stays as it is.")
    check_not_banned(moderator, "moderate")
    if Comment.objects.filter(discussion=discussion, author=moderator).exists():
        raise Refused("You have posted in this discussion, so you cannot moderate in it.")
    if Moderation.objects.active().by(moderator).filter(comment=comment).exists():
        raise Refused("You have moderated this comment already.")


def _take_point(moderator: User, now: datetime) -> PointGrant:
    """Take one point from the grant that expires first. The condition stands in the UPDATE: of two tabs one wins."""
    spendable = PointGrant.objects.of(moderator).spendable(now)
    while grant := spendable.order_by("expires_at", "id").first():
        if spendable.filter(pk=grant.pk).update(points_left=F("points_left") - 1):
            return grant
    raise Refused("You have no mod points left.")


def _log(comment: Comment, moderator: User, reason: int, grant: PointGrant, now: datetime) -> Moderation:
    meaning = policy.REASONS[reason]
    karma_change = None
    if comment.author and meaning.karma:
        cause = f"“{comment.subject}” was moderated {meaning.name}"
        karma_change = change_karma(member=comment.author, delta=meaning.karma, cause=cause, now=now)
    try:
        with transaction.atomic():
            return Moderation.objects.create(
                comment=comment,
                moderator=moderator,
                author=comment.author,
                reason=reason,
                delta=meaning.score,
                grant=grant,
                karma_change=karma_change,
                moderated_at=now,
            )
    except IntegrityError as problem:
        raise Refused("You have moderated this comment already.") from problem


def rescore_from_log(comment: Comment) -> bool:
    """Set a comment's score, label and bonus to the replay of its log; True if one of them was another.

    The caller holds the discussion's lock and read the comment under it.
    """
    log = comment.moderations.active().in_order().values_list("reason", "delta")
    outcome = rules.replay(
        start_score=comment.start_score,
        start_label=comment.start_label,
        had_bonus=comment.had_bonus,
        reasons=list(log),
    )
    if (outcome.score, outcome.label, outcome.has_bonus) == (comment.score, comment.label, comment.has_bonus):
        return False
    rescore_comment(comment, score=outcome.score, label=outcome.label, has_bonus=outcome.has_bonus)
    return True


def _tell_author(moderation: Moderation, comment: Comment, now: datetime) -> None:
    if comment.author:
        leave_notification(
            recipient=comment.author,
            event=f"moderation:{moderation.pk}",
            line=f"Your comment “{comment.subject}” was moderated {moderation.get_reason_display()}; "
            f"its score is now {comment.score}",
            link=comment.get_absolute_url(),
            wants_mail=comment.author.mail_moderations,
            now=now,
        )


def _withdraw(moderations: list[Moderation], *, because: str, now: datetime) -> None:
    """Take moderations back, under the lock of their one discussion: scores, labels, bonus, karma as if never."""
    ids = [moderation.pk for moderation in moderations]
    Moderation.objects.filter(pk__in=ids).active().update(withdrawn_at=now, withdrawn_because=because)
    for comment in Comment.objects.filter(moderations__in=ids).distinct().order_by("id"):
        rescore_from_log(comment)
    withdraw_karma(changes=[m.karma_change for m in moderations if m.karma_change], now=now)


@transaction.atomic
def set_back_comment(*, comment: Comment, actor: User, reason: str, now: datetime) -> bool:
    """A member of staff withdraws every moderation of a comment, so that it stands at its start; False if none was."""
    lock_discussion(comment.discussion_id)
    comment = Comment.objects.get(pk=comment.pk)
    active = list(comment.moderations.active().select_related("karma_change"))
    if not active:
        return False
    _withdraw(active, because=f"Set back by staff. {reason}"[:200].strip(), now=now)
    after = Comment.objects.values_list("score", flat=True).get(pk=comment.pk)
    record_staff_act(
        actor=actor, verb="set back", target=comment, reason=reason, before=comment.score, after=after, now=now
    )
    return True


@transaction.atomic
def grant_points(*, member: User, points: int, actor: User, reason: str, now: datetime) -> PointGrant:
    """A member of staff gives mod points. Raises Refused unless 1 to policy.MOD_POINTS_HELD_MAX points."""
    if not 1 <= points <= policy.MOD_POINTS_HELD_MAX:
        raise Refused(f"Between 1 and {policy.MOD_POINTS_HELD_MAX} points can be given at a time.")
    grant = PointGrant.objects.create(
        member=member,
        points_granted=points,
        points_left=points,
        cause=f"Given by staff. {reason}"[:200].strip(),
        granted_at=now,
        expires_at=now + policy.MOD_POINT_LIFETIME,
    )
    record_staff_act(actor=actor, verb="grant points", target=member, reason=reason, after=points, now=now)
    return grant


@transaction.atomic
def remove_points(*, member: User, actor: User, reason: str, now: datetime) -> int:
    """A member of staff takes all spendable points of a member; returns how many."""
    spendable = PointGrant.objects.of(member).spendable(now)
    taken = 0
    for grant in spendable.order_by("id").select_for_update(no_key=True):
        taken += grant.points_left
        _expire_grant(grant.pk)
    if taken:
        record_staff_act(
            actor=actor, verb="remove points", target=member, reason=reason, before=taken, after=0, now=now
        )
    return taken


def _expire_grant(grant_id: int) -> int:
    # One statement: a point spent meanwhile is either in points_left no more or not expired here.
    grants = PointGrant.objects.filter(pk=grant_id, points_left__gte=1)
    return grants.update(points_expired=F("points_expired") + F("points_left"), points_left=0)


def expire_mod_points(*, now: datetime) -> int:
    """Expire what is left of grants past their time; returns how many grants. Twice or late does no harm."""
    return sum(_expire_grant(pk) for pk in PointGrant.objects.overdue(now).values_list("pk", flat=True))


def grant_mod_points(*, now: datetime, today: date) -> int:
    """Give every eligible member today's points, up to what one may hold; returns how many members got some.

    At most once a day and member, by constraint: running it twice, late or by two workers gives nothing more.
    """
    eligible = User.objects.filter(
        is_active=True,
        is_willing_to_moderate=True,
        banned_at=None,
        karma__gte=policy.MODERATOR_MIN_KARMA,
        joined_at__lte=now - policy.MODERATOR_MIN_AGE,
    ).exclude(point_grants__granted_on=today)
    return sum(_grant_daily(member, now=now, today=today) for member in eligible.order_by("pk").iterator())


@transaction.atomic
def _grant_daily(member: User, *, now: datetime, today: date) -> bool:
    held = PointGrant.objects.of(member).spendable(now).aggregate(held=Sum("points_left", default=0))["held"]
    points = min(policy.MOD_POINTS_DAILY, policy.MOD_POINTS_HELD_MAX - held)
    if points < 1:
        return False
    # Two workers may come here for the same day: the constraint lets one through, and only that one counts it.
    _, is_new = PointGrant.objects.get_or_create(
        member=member,
        granted_on=today,
        defaults={
            "points_granted": points,
            "points_left": points,
            "cause": "Daily grant",
            "granted_at": now,
            "expires_at": now + policy.MOD_POINT_LIFETIME,
        },
    )
    return is_new


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
    grant = PointGrant.objects.select_for_update(no_key=True).get(pk=grant_id)
    spent = grant.moderations.count()
    left, expired = rules.balance(granted=grant.points_granted, spent=spent, expired=grant.points_expired)
    if left < 0 or (left, expired) == (grant.points_left, grant.points_expired):
        return False
    return bool(PointGrant.objects.filter(pk=grant_id).update(points_left=left, points_expired=expired))


def check_may_post_as(*, member, is_anonymous: bool) -> None:
    """Raise Refused if this member may not hide behind Anonymous Coward (Slash: not below karma 0), or is banned."""
    if not member.is_authenticated:
        return
    check_not_banned(member, "post here")
    if is_anonymous and member.karma < policy.KARMA_LOW:
        raise Refused("With a karma below 0 you can only post under your own name.")
