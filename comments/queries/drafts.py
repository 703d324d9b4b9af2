"""A member's drafts, for the member alone."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from comments.models import Comment, Discussion, Draft
from comments.models.discussion import is_readable
from forum.accounts.models import User


def find_draft(member, discussion: Discussion, parent: Comment | None) -> Draft | None:
    """What the member has typed here and not posted; nothing for a visitor, without a query."""
    return Draft.objects.at(member, discussion, parent).first() if member.is_authenticated else None


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft, and where it can go on: "" where nothing can be added any more, but the words are there to copy."""

    draft: Draft
    place: str  # words for where it stands
    form: str


def load_drafts(member: User, *, now: datetime) -> list[KeptDraft]:
    """All drafts of a member, newest first."""
    drafts = Draft.objects.filter(member=member).select_related("discussion", "parent").newest_first()
    readable = set(drafts.filter(is_readable(now, of="discussion__")).values_list("pk", flat=True))
    return [_kept(draft, draft.pk in readable, now) for draft in drafts]


def _kept(draft: Draft, is_shown: bool, now: datetime) -> KeptDraft:
    discussion, parent = draft.discussion, draft.parent
    if not is_shown:
        return KeptDraft(draft, "A discussion that is not shown any more", "")
    if parent and parent.hidden_at:
        return KeptDraft(draft, f"An answer to a comment that was removed, on {discussion.title}", "")
    words = f"An answer to “{parent.subject}” on {discussion.title}" if parent else f"A comment on {discussion.title}"
    numbers = [discussion.pk, parent.pk] if parent else [discussion.pk]
    form = reverse("reply" if parent else "comment_on", args=numbers) if discussion.is_open(now) else ""
    return KeptDraft(draft, words, form)
