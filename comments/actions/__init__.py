"""The only door through which discussions and comments change.

Every change inside a discussion locks the discussion's row first and reads afterwards.
"""

from comments.actions.archive import (
    ArchivedWords,
    change_archived_comment,
    insert_archived_comments,
    place_archived_comments,
)
from comments.actions.bans import ban_network_of
from comments.actions.comment import (
    FormSpent,
    Words,
    check_may_post,
    check_not_own,
    current_karma,
    erase_words,
    hide_comment,
    post_comment,
    prepare_words,
    put_on,
    rescore_comment,
    restore_comment,
    set_score,
    take_off,
    tell_of_act,
    tell_parents_author,
)
from comments.actions.discussion import (
    DiscussionClosed,
    archive_old_discussions,
    count_comment,
    lock_discussion,
    recount_discussion,
    renumber_discussion,
    set_discussion_status,
    touch_discussions,
)
from comments.actions.drafts import (
    DraftChanged,
    delete_old_drafts,
    discard_draft,
    forget_draft,
    forget_drafts,
    save_draft,
)
from comments.actions.edits import bring_back_comment, check_may_edit, delete_comment, edit_comment
from comments.actions.limits import TooSoon, check_form_time
from comments.actions.visits import forget_visits, record_visit

__all__ = (
    "ArchivedWords",
    "DiscussionClosed",
    "DraftChanged",
    "FormSpent",
    "TooSoon",
    "Words",
    "archive_old_discussions",
    "ban_network_of",
    "bring_back_comment",
    "change_archived_comment",
    "check_form_time",
    "check_may_edit",
    "check_may_post",
    "check_not_own",
    "count_comment",
    "current_karma",
    "delete_comment",
    "delete_old_drafts",
    "discard_draft",
    "edit_comment",
    "erase_words",
    "forget_draft",
    "forget_drafts",
    "forget_visits",
    "hide_comment",
    "insert_archived_comments",
    "lock_discussion",
    "place_archived_comments",
    "post_comment",
    "prepare_words",
    "put_on",
    "record_visit",
    "recount_discussion",
    "renumber_discussion",
    "rescore_comment",
    "restore_comment",
    "save_draft",
    "set_discussion_status",
    "set_score",
    "take_off",
    "tell_of_act",
    "tell_parents_author",
    "touch_discussions",
)
