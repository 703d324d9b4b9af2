"""Flags: a reader's word to staff about a comment, and what staff made of it."""

from datetime import datetime

from django.db import IntegrityError, transaction

from comments import actions as comments_actions
from comments.actions import check_not_own, lock_discussion
from comments.models import Comment
from forum import policy
from forum.accounts.actions import Refused, check_not_banned, check_reason_given, record_staff_act
from forum.accounts.models import StaffAct, User
from forum.notifications.actions import leave_notification
from forum.retries import retried
from moderation.actions.learning import learn
from moderation.models import Flag

SPAM = "spam"  # in the reason for which a comment was hidden


@retried
@transaction.atomic
def flag_comment(*, comment: Comment, member: User, kind: str, words: str, now: datetime) -> Flag:
    """Tell staff that a comment breaks law or rules: once for each reader and comment.

    Raises Refused with words: flagged before, an own comment, removed meanwhile, too many flags, a banned member.
    """
    # Under the discussion's lock no flag slips in behind staff who settle the others; under the member's, two tabs of
    # one member are counted one after the other.
    lock_discussion(comment.discussion_id)
    comment = Comment.objects.get(pk=comment.pk)
    User.objects.select_for_update(no_key=True).get(pk=member.pk)
    if comment.hidden_at:
        raise Refused("Staff have removed this comment already.")
    if comment.author_id == member.pk:
        raise Refused("This is your own comment. If you regret it, answer it and say so.")
    check_not_banned(member, "flag comments")
    if Flag.objects.filter(member=member, comment=comment).exists():
        raise Refused("You have flagged this comment already; staff know of it.")
    lately = Flag.objects.filter(member=member, flagged_at__gt=now - policy.FLAG_SPAN)
    if lately.count() >= policy.FLAGS_PER_DAY:
        raise Refused(f"You have flagged {policy.FLAGS_PER_DAY} comments within a day. Try again tomorrow.")
    try:
        with transaction.atomic():
            return Flag.objects.create(comment=comment, member=member, kind=kind, words=words.strip(), flagged_at=now)
    except IntegrityError as problem:
        raise Refused("You have flagged this comment already; staff know of it.") from problem


@retried
@transaction.atomic
def hide_comment(*, comment: Comment, actor: User, reason: str, now: datetime) -> bool:
    """Take a comment off the pages and settle its flags; False if it was hidden already. Raises Refused with words."""
    act = comments_actions.hide_comment(comment=comment, actor=actor, reason=reason, now=now)
    if act is None:
        return False
    if SPAM in reason.casefold() or Flag.objects.waiting().filter(comment=comment, kind=Flag.Kind.SPAM).exists():
        learn(Comment.objects.select_related("text").get(pk=comment.pk), is_spam=True, now=now)
    settle_flags([comment.pk], outcome=Flag.Outcome.ACTED, act=act, now=now)
    return True


@retried
@transaction.atomic
def dismiss_flags(*, comment: Comment, actor: User, reason: str, now: datetime) -> bool:
    """Leave a comment as it is and tell those who flagged it why; False if no flag waits. Raises Refused."""
    check_reason_given(reason)
    check_not_own(comment, actor)
    lock_discussion(comment.discussion_id)
    if not Flag.objects.waiting().filter(comment=comment).exists():
        return False
    learn(Comment.objects.select_related("text").get(pk=comment.pk), is_spam=False, now=now)
    act = record_staff_act(actor=actor, verb="dismiss flags", target=comment, reason=reason, now=now)
    settle_flags([comment.pk], outcome=Flag.Outcome.DISMISSED, act=act, now=now)
    return True


def settle_flags(comment_ids: list[int], *, outcome: str, act: StaffAct, now: datetime) -> int:
    """Settle the waiting flags of these comments, under their discussions' locks, and tell who flagged."""
    waiting = Flag.objects.waiting().filter(comment__in=comment_ids).select_related("member", "comment")
    flags = list(waiting.order_by("pk"))
    Flag.objects.filter(pk__in=[flag.pk for flag in flags]).update(outcome=outcome, act=act, settled_at=now)
    for flag in flags:
        _tell_flagger(flag, outcome, act, now)
    return len(flags)


def _tell_flagger(flag: Flag, outcome: str, act: StaffAct, now: datetime) -> None:
    if outcome == Flag.Outcome.ACTED:
        line, link = "Thank you: staff removed a comment that you flagged", act.get_absolute_url()
    else:
        line, link = (
            f"Staff looked at “{flag.comment.subject}”, which you flagged, and leave it",
            flag.comment.get_absolute_url(),
        )
    leave_notification(
        recipient=flag.member,
        event=f"flag:{flag.pk}",
        line=f"{line}: {act.reason}",
        link=link,
        wants_mail=flag.member.mail_moderations,
        now=now,
    )
