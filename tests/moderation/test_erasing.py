"""Words that break the law are erased for ever: no row, no page and no notice has them; scores and trees stay."""

import pytest
from django.db import connection

from comments.actions import edit_comment, prepare_words, restore_comment, save_draft
from comments.models import Comment, CommentText, Draft
from comments.rules import Typed
from forum.accounts.actions import Refused
from forum.accounts.models import KarmaChange, StaffAct, User
from forum.notifications.models import Notification
from moderation.actions import dismiss_flags, erase_comment, flag_comment, hide_comment, spend_point, undo_act
from moderation.models import Flag, Moderation
from tests.desk import act_of, page_of, words_of
from tests.factories import NOW, a_comment, a_discussion, a_member, an_editor, staff_of

pytestmark = pytest.mark.django_db
CANARY = "Quetzalcoatlus"
INSIGHTFUL = 5


def a_canary(**said) -> Comment:
    """A comment whose subject and words hold the canary, answered, moderated and flagged, as much as there is of it."""
    author = a_member()
    parent = a_comment(author=a_member(), discussion=a_discussion())
    comment = a_comment(parent=parent, author=author, subject=f"{CANARY} subject", body=f"{CANARY} words", **said)
    a_comment(parent=comment, author=a_member(), subject="Shame", body="On you")
    spend_point(comment=comment, moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW)
    return comment


def a_changed_canary() -> Comment:
    """One that holds the canary in an earlier version alone, in a draft that answers it, and in one of its author's."""
    author = a_member()
    comment = a_comment(a_discussion(), author=author, subject=f"{CANARY} subject", body=f"{CANARY} words")
    words = prepare_words(subject="Better", body="Better", markup="plain")
    edit_comment(comment=comment, author=author, words=words, seen=0, now=NOW)
    answer = Typed(f"Re: {CANARY} subject", f"> {CANARY} words", "plain")
    save_draft(member=a_member(), discussion=comment.discussion, parent=comment, typed=answer, now=NOW)
    again = Typed("Once more", f"I said: {CANARY} words", "plain")
    save_draft(member=author, discussion=a_discussion(), parent=None, typed=again, now=NOW)
    return comment


def tables_with(word: str) -> list[str]:
    """The tables of the whole database in which some column of some row holds the word."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if any(word in str(value) for row in cursor.fetchall() for value in row):
                found.append(table)
    return found


def test_no_row_of_the_database_has_the_words_any_more():
    comment = a_canary()
    assert len(tables_with(CANARY)) >= 4
    erase_comment(comment=comment, actor=an_editor(), reason="Breaks the law", now=NOW)
    assert tables_with(CANARY) == []


def test_no_earlier_version_and_no_draft_has_the_words_any_more():
    comment = a_changed_canary()
    assert len(tables_with(CANARY)) == 2
    other = save_draft(
        member=comment.author, discussion=comment.discussion, parent=None, typed=Typed("A", "B", "plain"), now=NOW
    )
    erase_comment(comment=comment, actor=an_editor(), reason="Breaks the law", now=NOW)
    assert tables_with(CANARY) == []
    assert Draft.objects.get() == other
    assert comment.revisions.count() == 1


def test_place_score_karma_and_log_stay():
    comment = a_canary()
    before = Comment.objects.values("parent", "lft", "rght", "score", "label", "author").get(pk=comment.pk)
    erase_comment(comment=comment, actor=an_editor(), reason="Breaks the law", now=NOW)
    after = Comment.objects.values("parent", "lft", "rght", "score", "label", "author").get(pk=comment.pk)
    assert after == before
    assert User.objects.get(pk=comment.author_id).karma == 1
    assert Moderation.objects.active().count() == KarmaChange.objects.count() == 1
    discussion = comment.discussion
    discussion.refresh_from_db()
    assert discussion.comment_count == 2


def test_one_act_is_on_record_and_the_author_is_told():
    comment, editor = a_canary(), an_editor()
    act = erase_comment(comment=comment, actor=editor, reason="Breaks the law", now=NOW)
    assert StaffAct.objects.get() == act
    assert (act.verb, act.reason) == ("erase", "Breaks the law")
    told = Notification.objects.get(event=f"act:{act.pk}")
    assert told.recipient_id == comment.author_id
    assert told.line == f"The words of your comment #{comment.pk} were erased by staff: Breaks the law"


def test_a_second_time_there_is_nothing_to_do_and_nothing_brings_the_words_back():
    comment, editor = a_canary(), an_editor()
    hide_comment(comment=comment, actor=editor, reason="At first", now=NOW)
    hiding = StaffAct.objects.get(verb="hide")
    erase_comment(comment=comment, actor=editor, reason="Breaks the law", now=NOW)
    assert erase_comment(comment=comment, actor=editor, reason="Again", now=NOW) is None
    with pytest.raises(Refused, match="nothing can bring them back"):
        undo_act(act=hiding, actor=an_editor(), reason="On second thoughts", now=NOW)
    restore_comment(comment=comment, actor=editor, reason="Or so", now=NOW)
    assert Comment.objects.get(pk=comment.pk).hidden_at == NOW
    assert CommentText.objects.get(pk=comment.pk).source == ""


def test_it_is_refused_without_a_reason_and_for_an_archive():
    comment = a_canary()
    with pytest.raises(Refused):
        erase_comment(comment=comment, actor=an_editor(), reason=" ", now=NOW)
    Comment.objects.filter(pk=comment.pk).update(is_archived=True)
    with pytest.raises(Refused, match="as it was printed"):
        erase_comment(comment=comment, actor=an_editor(), reason="Law", now=NOW)
    assert CANARY in CommentText.objects.get(pk=comment.pk).source


def test_superusers_erase_in_the_admin_and_moderators_are_not_offered_it(client):
    comment = a_canary()
    client.force_login(staff_of("Moderators"))
    assert "Erase the words" not in client.get(page_of(comment)).content.decode()
    assert client.post(act_of(comment, "erase"), {"reason": "Law"}).status_code == 403
    client.force_login(an_editor())
    assert "Erase the words" in client.get(page_of(comment)).content.decode()
    assert "done for 1" in words_of(client.post(act_of(comment, "erase"), {"reason": "Law"}, follow=True))
    assert tables_with(CANARY) == []


def test_its_page_says_that_it_was_removed_and_the_log_says_why(client):
    comment = a_canary()
    act = erase_comment(comment=comment, actor=an_editor(), reason="Breaks the law", now=NOW)
    assert client.get(comment.get_absolute_url()).status_code == 410
    assert "Breaks the law" in client.get(act.get_absolute_url()).content.decode()


def test_a_notice_to_those_whose_flag_was_dismissed_quotes_it_no_more():
    comment = a_canary()
    flag_comment(comment=comment, member=a_member(), kind="spam", words="", now=NOW)
    dismiss_flags(comment=comment, actor=an_editor(), reason="Rude is allowed", now=NOW)
    erase_comment(comment=comment, actor=an_editor(), reason="Breaks the law", now=NOW)
    assert tables_with(CANARY) == []


def test_flags_that_wait_are_settled_by_it():
    comment, reader = a_canary(), a_member()
    flag_comment(comment=comment, member=reader, kind="illegal", words="", now=NOW)
    act = erase_comment(comment=comment, actor=an_editor(), reason="Breaks the law", now=NOW)
    assert Flag.objects.values_list("outcome", "act").get() == (Flag.Outcome.ACTED, act.pk)
    line = "Thank you: staff removed a comment that you flagged: Breaks the law"
    assert reader.notifications.get().line == line
