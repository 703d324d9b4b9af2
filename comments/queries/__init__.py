"""What pages show of discussions and comments."""

from comments.queries.drafts import KeptDraft, find_draft, load_drafts
from comments.queries.history import Version, load_history
from comments.queries.own import own_records
from comments.queries.people import (
    News,
    PersonPage,
    Said,
    as_said,
    find_comment,
    find_discussion,
    load_news,
    load_person,
)
from comments.queries.rows import COLUMNS, CommentRow, comment_rows
from comments.queries.threads import Choice, CommentPage, Thread, load_comment_page, load_thread, place_of
from comments.queries.visits import find_new_after

__all__ = (
    "COLUMNS",
    "Choice",
    "CommentPage",
    "CommentRow",
    "KeptDraft",
    "News",
    "PersonPage",
    "Said",
    "Thread",
    "Version",
    "as_said",
    "comment_rows",
    "find_comment",
    "find_discussion",
    "find_draft",
    "find_new_after",
    "load_comment_page",
    "load_drafts",
    "load_history",
    "load_news",
    "load_person",
    "load_thread",
    "own_records",
    "place_of",
)
