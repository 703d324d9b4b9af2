"""What authors do to their own comments: change them for a while, take them off, bring them back."""

from datetime import datetime, timedelta

from django.db import transaction

from comments.actions.comment import Words, check_not_said, put_on, take_off, tell_mentioned
from comments.actions.discussion import DiscussionClosed, lock_discussion
from comments.models import Comment, CommentText, Revision
from forum import policy, text
from forum.accounts.actions import Refused, check_may_write, check_not_banned
from forum.accounts.models import User
from forum.retries import retried

MINUTE = timedelta(minutes=1)


@retried
@transaction.atomic
def edit_comment(*, comment: Comment, author: User, words: Words, seen: int, now: datetime) -> Comment:
    """Change the words of an own comment, and keep what it said before where every reader finds it.

    ``seen``: how many earlier versions there were when the form was opened. Nothing else changes: score, place, log.
    Sent again it changes nothing. Raises DiscussionClosed, or Refused with words: the time is over, changed meanwhile.
    """
    lock_discussion(comment.discussion_id)
    comment = _fresh(comment)
    if _says(comment, words):
        return comment
    number = comment.revisions.count()
    check_may_edit(comment, author, now)
    if number != seen:
        raise Refused("This comment was changed meanwhile, from another tab or device. Look at it first.")
    if number >= policy.EDITS_MAX:
        raise Refused(f"This comment was changed {policy.EDITS_MAX} times, which is as often as it can be.")
    if words.fingerprint != comment.fingerprint:
        check_not_said(comment.discussion, words)
    Revision.objects.create(
        comment=comment,
        number=number + 1,
        subject=comment.subject,
        source=comment.text.source,
        markup=comment.text.markup,
        replaced_at=now,
    )
    Comment.objects.filter(pk=comment.pk).update(subject=words.subject, fingerprint=words.fingerprint)
    CommentText.objects.filter(pk=comment.pk).update(
        source=words.source, markup=words.markup, html=words.html, renderer=text.RENDERER_VERSION, edited_at=now
    )
    changed = _fresh(comment)
    tell_mentioned(changed, words.mentions, now=now)
    return changed


def check_may_edit(comment: Comment, author: User, now: datetime) -> None:
    """Raise DiscussionClosed or Refused, in words, if this member cannot change this comment now."""
    _check_own(comment, author, now)
    check_not_banned(author, "change it")
    check_may_write(member=author, network="", is_anonymous=False, now=now)
    if comment.hidden_at:
        raise Refused("This comment was removed meanwhile.")
    if not policy.EDIT_WINDOW:
        raise Refused("Comments stay as they were posted here. Answer yours to add something.")
    if comment.posted_at < now - policy.EDIT_WINDOW:
        minutes = policy.EDIT_WINDOW // MINUTE
        raise Refused(f"A comment can be changed for {minutes} minutes, and they are over. Answer it to add something.")


@retried
@transaction.atomic
def delete_comment(*, comment: Comment, author: User, now: datetime) -> bool:
    """Take an own comment off the pages: a mark stays where it is answered. False if that was done before.

    Score, moderations and karma stay, and it makes no room for another. Raises DiscussionClosed or Refused.
    """
    lock_discussion(comment.discussion_id)
    comment = _fresh(comment)
    _check_own(comment, author, now)
    if comment.is_deleted:
        return False
    if not take_off([comment.pk], now=now):
        raise Refused("Staff have removed this comment already.")
    # Its author may say it again, somewhere else in the discussion.
    Comment.objects.filter(pk=comment.pk).update(is_deleted=True, fingerprint=None)
    return True


@retried
@transaction.atomic
def bring_back_comment(*, comment: Comment, author: User, now: datetime) -> bool:
    """Show a comment again that its author deleted; False if it was not. Raises DiscussionClosed or Refused."""
    lock_discussion(comment.discussion_id)
    comment = _fresh(comment)
    _check_own(comment, author, now)
    check_not_banned(author, "post here")
    Comment.objects.filter(pk=comment.pk).update(is_deleted=False)
    return comment.is_deleted and bool(put_on([comment.pk]))


def _fresh(comment: Comment) -> Comment:
    return Comment.objects.select_related("discussion", "text", "author").get(pk=comment.pk)


def _says(comment: Comment, words: Words) -> bool:
    stored = comment.subject, comment.text.source, comment.text.markup
    return stored == (words.subject, words.source, words.markup)


def _check_own(comment: Comment, author: User, now: datetime) -> None:
    if comment.author_id is None or comment.author_id != author.pk:
        raise Refused("This is not your comment. What was posted without a name is nobody's.")
    if not comment.discussion.is_open(now):
        raise DiscussionClosed("This discussion is closed: what was said in it stays as it is.")
