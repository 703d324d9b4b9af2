"""Comments as pages show them: plain values of one query, no model behind them."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from comments.models import Comment, Mark
from forum.drivers import plain_rows
from forum.scores import Facts

COLUMNS = (
    "id",
    "parent_id",
    "tree_id",
    "lft",
    "level",
    "subject",
    "posted_at",
    "score",
    "label",
    "has_bonus",
    "is_archived",
    "is_cut_off",
    "mark",
    "hidden_at",
    "is_deleted",
    "author_id",
    "author__username",
    "author__signature_html",
    "archived_author_id",
    "archived_author__name",
    "archived_author__number",
    "archived_author__source",
    "archived_author__hidden_at",
    "text__html",
    "text__edited_at",
)
# Marks as they are stored: a page asks a thousand times, and looking up members of an enumeration takes its time.
CERTAIN = frozenset(("", Mark.QUOTED.value))
UNPLACED = frozenset((Mark.UNKNOWN.value, Mark.MISSING.value))
GUESSED = frozenset((Mark.SUBJECT.value, Mark.ADJACENT.value))


class CommentRow(NamedTuple):
    """One comment, the same for every reader; two that are equal look the same."""

    id: int
    parent_id: int | None
    tree_id: int
    lft: int
    level: int
    subject: str
    posted_at: datetime | None
    score: int
    label: str
    has_bonus: bool
    is_archived: bool
    is_cut_off: bool
    mark: str
    hidden_at: datetime | None
    is_deleted: bool
    author_id: int | None
    author_name: str | None
    signature: str | None  # of its author, as HTML
    archived_id: int | None
    archived_name: str | None
    archived_number: int | None
    archived_source: str | None
    archived_hidden_at: datetime | None
    html: str
    edited_at: datetime | None

    @property
    def facts(self) -> Facts:
        """What a reader's taste may judge."""
        of_archive = self.archived_id is not None
        return Facts(self.score, self.has_bonus, self.label, self.author_id, of_archive, len(self.html))

    @property
    def is_hidden(self) -> bool:
        return self.hidden_at is not None

    @property
    def posted_iso(self) -> str:
        return self.posted_at.isoformat(timespec="seconds") if self.posted_at else ""

    @property
    def mark_words(self) -> str:
        """What a reader must know about its place; nothing for a certain parent, quoted ones included."""
        return "" if self.mark in CERTAIN else Mark(self.mark).label

    @property
    def has_named_parent(self) -> bool:
        """Whether it stands under its parent, known or guessed, and not just in its thread."""
        return self.parent_id is not None and self.mark not in UNPLACED

    @property
    def is_guessed(self) -> bool:
        return self.mark in GUESSED


def comment_rows(comments: QuerySet[Comment]) -> list[CommentRow]:
    """Comments with authors and texts in one query, in the order of the query set."""
    return list(map(CommentRow._make, plain_rows(comments.values_list(*COLUMNS))))
