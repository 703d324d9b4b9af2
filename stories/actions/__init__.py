"""The only door through which stories change."""

from stories.actions.archive import Imported, import_article, import_raw
from stories.actions.desk import (
    MOVES,
    WORDS,
    archive_story,
    edit_story,
    hide_story,
    publish_due_stories,
    publish_story,
    render_words,
    restore_story,
    schedule_story,
    write_story,
)
from stories.actions.repair import restore_address, restore_order
from stories.actions.shelves import add_shelf, change_shelf, delete_shelf

__all__ = (
    "MOVES",
    "WORDS",
    "Imported",
    "add_shelf",
    "archive_story",
    "change_shelf",
    "delete_shelf",
    "edit_story",
    "hide_story",
    "import_article",
    "import_raw",
    "publish_due_stories",
    "publish_story",
    "render_words",
    "restore_address",
    "restore_order",
    "restore_story",
    "schedule_story",
    "write_story",
)
