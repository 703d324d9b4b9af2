"""What a comment said before its author changed it."""

from dataclasses import dataclass
from datetime import datetime

from comments import rules
from comments.models import Comment
from comments.rules import Change


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a comment, and what is other in it than in the one before; all of it is new in the first."""

    number: int
    subject: list[Change]
    words: list[Change]
    format: str  # "" where it is that of the version before
    written_at: datetime


def load_history(comment: Comment) -> list[Version]:
    """All versions of a comment, the newest first. The caller has selected its text."""
    earlier = list(comment.revisions.order_by("number"))
    written = [comment.posted_at, *(revision.replaced_at for revision in earlier)]
    said = [(one.subject, one.source, one.get_markup_display()) for one in earlier]
    said.append((comment.subject, comment.text.source, comment.text.get_markup_display()))
    before = (said[0][0], said[0][1], "")
    versions = []
    for number, (now, at) in enumerate(zip(said, written, strict=True), start=1):
        subject, words = rules.changes(before[0], now[0]), rules.changes(before[1], now[1])
        versions.append(Version(number, subject, words, now[2] if now[2] != before[2] else "", at))
        before = now
    return versions[::-1]
