"""Drafts: what members have typed and not posted yet.

Every change locks the member's row first. So a form that is saved while it is posted, in whatever order the two arrive,
leaves no draft behind: above all none of what was posted without a name.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from comments.models import Comment, CommentText, Discussion, Draft
from comments.rules import Typed
from forum import policy
from forum.accounts.actions import Refused
from forum.accounts.models import User
from forum.compiled import Compiled
from forum.retries import retried

LOCKED = Compiled(lambda pk: User.objects.select_for_update(no_key=True).filter(pk=pk).values_list("pk"))


POSTED = Compiled(
    lambda member, discussion, parent, seen, form_key: (
        Draft.objects.at(member, discussion, parent)
        .filter(Q(version=seen) | Q(form_key=form_key))
        .values_list("pk", flat=True)
    )
)


class DraftChanged(Refused):
    """Another form has saved other words here, which are in ``draft``: nothing was written over them."""

    def __init__(self, draft: Draft):
        super().__init__("Other words were kept here meanwhile, from another tab or device. Both are still there.")
        self.draft = draft


@retried
@transaction.atomic
def save_draft(
    *, member: User, discussion: Discussion, parent: Comment | None, typed: Typed, now: datetime
) -> Draft | None:
    """Keep what the member has typed at this place; None where there is nothing to keep, or it was posted meanwhile.

    Raises DraftChanged if another form has saved other words since, Refused with words: too long, too many drafts.
    """
    if len(typed.subject) + len(typed.body) > policy.DRAFT_MAX:
        raise Refused(f"This is longer than a draft can be ({policy.DRAFT_MAX:,} characters), so it is not kept.")
    _lock(member)
    kept = Draft.objects.at(member, discussion, parent).first()
    if typed.form_key and CommentText.objects.filter(form_key=typed.form_key).exists():
        return None
    if kept and not _is_known(kept, typed) and not _says(kept, typed):
        raise DraftChanged(kept)
    if not typed.body.strip():
        if kept:
            kept.delete()
        return None
    if kept is None:
        _check_room(member)
        kept = Draft(member=member, discussion=discussion, parent=parent, version=0)
    return _store(kept, typed, now)


def _lock(member: User) -> None:
    LOCKED.all(member.pk)


def _is_known(draft: Draft, typed: Typed) -> bool:
    return draft.version == typed.seen or (typed.form_key != "" and draft.form_key == typed.form_key)


def _says(draft: Draft, typed: Typed) -> bool:
    return (draft.subject, draft.body) == (typed.subject, typed.body)


def _check_room(member: User) -> None:
    if Draft.objects.filter(member=member).count() >= policy.DRAFTS_MAX:
        raise Refused(
            f"You have {policy.DRAFTS_MAX} drafts, which is as many as are kept, so this is not one of them yet. "
            "Discard or post another first."
        )


def _store(draft: Draft, typed: Typed, now: datetime) -> Draft:
    for name in ("subject", "body", "markup", "is_anonymous", "declines_bonus", "form_key"):
        setattr(draft, name, getattr(typed, name))
    draft.version, draft.saved_at = draft.version + 1, now
    draft.save()
    return draft


def forget_draft(
    *, member: User, discussion: Discussion, parent: Comment | None, form_key: str | None, seen: int
) -> bool:
    """Let go of the draft that was posted; one that another form has changed since stays.

    For inside the transaction that posted it, which has locked the member, or has found it posted before.
    """
    own = POSTED.all(member.pk, discussion.pk, parent and parent.pk, seen, form_key or None)
    return bool(own and Draft.objects.filter(pk__in=own).delete()[0])


@transaction.atomic
def discard_draft(*, member: User, pk: int) -> bool:
    """Throw one of the member's own drafts away; False if there is no such draft of the member's."""
    _lock(member)
    return bool(Draft.objects.filter(member=member, pk=pk).delete()[0])


def erase_drafts_with(comment: Comment, sources: list[str]) -> None:
    """Delete what was begun in answer to a comment whose words are erased, and where its author has them still.

    An answer to it can be posted no more, and its subject is the erased one.
    """
    Draft.objects.filter(parent=comment).delete()
    if comment.author_id:
        kept = Draft.objects.filter(member=comment.author_id).values_list("pk", "body")
        same = [pk for pk, body in kept if any(source and source in body for source in sources)]
        Draft.objects.filter(pk__in=same).delete()


def delete_old_drafts(*, now: datetime) -> int:
    """Delete the drafts that nobody has touched for long; returns how many."""
    return Draft.objects.filter(saved_at__lt=now - policy.DRAFT_LIFETIME).delete()[0]


def forget_drafts(*, member: User) -> None:
    """Discard everything that a member typed and did not post."""
    Draft.objects.filter(member=member).delete()
