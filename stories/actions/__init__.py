"""The only door through which stories change."""

from stories.actions.desk import (
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

__all__ = (
    "archive_story",
    "edit_story",
    "hide_story",
    "publish_due_stories",
    "publish_story",
    "render_words",
    "restore_story",
    "schedule_story",
    "write_story",
)
