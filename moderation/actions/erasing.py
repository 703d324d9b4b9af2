"""Erasing a comment's words for ever: what breaks the law must not even be kept."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from comments.actions import erase_words, lock_discussion, take_off, tell_of_act
from comments.models import Comment
from forum.accounts.actions import Refused, check_reason_given, forget_words_of, record_staff_act
from forum.accounts.models import StaffAct, User
from forum.accounts.rules import erased_name
from forum.notifications.actions import reword_notifications
from forum.retries import retried
from moderation.actions.flags import settle_flags
from moderation.actions.learning import forget_lesson
from moderation.models import Appeal, Flag, Held, ReadHour

FORGOTTEN = "A comment whose words were erased"


@retried
@transaction.atomic
def erase_comment(*, comment: Comment, actor: User, reason: str, now: datetime) -> StaffAct | None:
    """Erase a comment's words and every quotation of its subject that the site made; None if that was done already.

    Its place in the thread, its moderations, its score and its author's karma stay. Nothing undoes it. Raises Refused
    with words: no reason, or a comment of an archive, which is kept as it was printed.
    """
    check_reason_given(reason)
    lock_discussion(comment.discussion_id)
    comment = Comment.objects.select_related("text", "author").get(pk=comment.pk)
    if comment.is_archived:
        raise Refused("An archive is kept as it was printed: hide the comment, or the story, instead.")
    if comment.text.erased_at:
        return None
    _erase(comment, now)
    act = record_staff_act(actor=actor, verb="erase", target=comment, reason=reason, now=now)
    settle_flags([comment.pk], outcome=Flag.Outcome.ACTED, act=act, now=now)
    line = f"The words of your comment #{comment.pk} were erased by staff"
    tell_of_act(act, recipient=comment.author, line=line, now=now)
    return act


@retried
@transaction.atomic
def erase_own_words(*, comment_id: int, now: datetime) -> bool:
    """Erase the words of a comment because its author wishes to leave nothing here; False if that was done already."""
    lock_discussion(Comment.objects.values_list("discussion_id", flat=True).get(pk=comment_id))
    comment = Comment.objects.select_related("text").get(pk=comment_id)
    if comment.text.erased_at:
        return False
    _erase(comment, now)
    return True


def forget_member(*, member: User) -> None:
    """Forget what a member told staff, and what the member read; what was moderated, and points and tokens, stay."""
    ReadHour.objects.filter(member=member).delete()
    Flag.objects.filter(member=member).update(words="")
    Held.objects.filter(author=member).delete()
    appeals = Appeal.objects.filter(appellant=member)
    appeals.update(words="")
    for appeal in appeals:
        forget_words_of(target=appeal, name=f"appeal of {erased_name(member.pk)}", karma_changes=(), cause=FORGOTTEN)


def _erase(comment: Comment, now: datetime) -> None:
    """Let the words, and what the site quotes of them, be gone; the discussion is locked."""
    forget_lesson(comment)
    take_off([comment.pk], now=now)
    erase_words(comment, now=now)
    Flag.objects.filter(comment=comment).update(words="")
    reword_notifications(events=list(_events_about(comment)), line=FORGOTTEN)
    comment.refresh_from_db()
    forget_words_of(target=comment, name=str(comment), karma_changes=_karma_lines(comment), cause=FORGOTTEN)


def _events_about(comment: Comment) -> Iterator[str]:
    """The events whose notifications quote the comment's subject."""
    yield f"reply:{comment.pk}"
    yield f"mention:{comment.pk}"
    yield from (f"reply:{pk}" for pk in comment.children.values_list("pk", flat=True))
    yield from (f"moderation:{pk}" for pk in comment.moderations.values_list("pk", flat=True))
    yield from (f"flag:{pk}" for pk in comment.flags.values_list("pk", flat=True))
    yield from (f"act:{pk}" for pk in StaffAct.objects.on(comment).values_list("pk", flat=True))


def _karma_lines(comment: Comment) -> Iterator[int]:
    """The lines of karma that name the comment: its author's, and those of moderators who were judged for it."""
    given = comment.moderations.filter(karma_change__isnull=False)
    yield from given.values_list("karma_change_id", flat=True)
    judged = comment.moderations.filter(verdict__karma_change__isnull=False)
    yield from judged.values_list("verdict__karma_change_id", flat=True)
