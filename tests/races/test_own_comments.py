"""An author changes or deletes a comment while others answer it, moderate it, or the author does so in another tab."""

import pytest

from comments.actions import bring_back_comment, delete_comment, edit_comment, prepare_words
from comments.models import Comment, Discussion, Revision
from forum.accounts.actions import Refused
from forum.management.site import check_site
from moderation.actions import hide_comment, spend_point, take_part
from tests.crowd import at_the_same_moment, many
from tests.factories import NOW, a_comment, a_member, a_story, an_editor

pytestmark = pytest.mark.django_db(transaction=True)
INSIGHTFUL = 5


def change(comment, body):
    words = prepare_words(subject="A subject", body=body, markup="plain")
    return lambda: edit_comment(comment=comment, author=comment.author, words=words, seen=0, now=NOW)


def test_of_two_changes_at_once_one_is_made_and_one_is_told():
    author = a_member()
    for number in range(many(40, on_sqlite=10)):
        comment = a_comment(author=author, body=f"Before {number}.")
        outcomes = at_the_same_moment(change(comment, f"This {number}."), change(comment, f"That {number}."))
        assert sorted(isinstance(one, Refused) for one in outcomes) == [False, True]
        assert Revision.objects.filter(comment=comment).count() == 1


def test_deleting_beside_everything_else_keeps_every_count_right():
    author, editor, reader, place = a_member(), an_editor(), a_member(), a_story().discussion
    for number in range(many(40, on_sqlite=10)):
        comment, moderator = a_comment(place, author=author, body=f"Before {number}."), a_member(points=1)
        words = prepare_words(subject="An answer", body=f"Where? {number}", markup="plain")
        own = {"comment": comment, "author": author, "now": NOW}

        def answer(comment=comment, words=words):
            said = {"discussion": comment.discussion, "author": reader, "parent": comment, "words": words}
            return take_part(**said, form_key=None, now=NOW)

        outcomes = at_the_same_moment(
            lambda own=own: delete_comment(**own),
            lambda own=own: delete_comment(**own),
            lambda own=own: bring_back_comment(**own),
            change(comment, f"After {number}."),
            answer,
            lambda comment=comment: hide_comment(comment=comment, actor=editor, reason="Spam", now=NOW),
            lambda comment=comment, who=moderator: spend_point(
                comment=comment, moderator=who, reason=INSIGHTFUL, now=NOW
            ),
        )
        assert not [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refused)]
        visible = Comment.objects.filter(discussion=comment.discussion, hidden_at=None).count()
        assert Discussion.objects.get(pk=comment.discussion_id).comment_count == visible
    assert [finding.line() for finding in check_site(is_repairing=False)] == []
