"""Comments on the desk: the tree, its filters, and what a moderator of the staff does."""

import pytest

from comments.actions import hide_comment, set_discussion_status
from comments.admin import set_status
from comments.models import Comment, Discussion
from forum.accounts.actions import Refused
from forum.notifications.models import Notification
from moderation.actions import spend_point
from moderation.models import Moderation
from tests.desk import act_of, acts_on, check_page, choose, list_of, page_of, queries_of, words_of
from tests.factories import NOW, a_comment, a_discussion, a_member, a_story, an_editor, staff_of

pytestmark = pytest.mark.django_db
INSIGHTFUL, TROLL = 5, 3


@pytest.fixture
def desk(client):
    client.force_login(staff_of("Moderators", name="Mona"))
    return client


def a_moderated_comment(reason=INSIGHTFUL) -> Comment:
    comment = a_comment(author=a_member())
    spend_point(comment=comment, moderator=a_member(points=1), reason=reason, now=NOW)
    comment.refresh_from_db()
    return comment


def subjects_on(page: str, *subjects) -> list[str]:
    """Those of the subjects that stand on the page, in its order."""
    return sorted((s for s in subjects if f">{s}<" in page), key=lambda s: page.index(f">{s}<"))


# -- Reading -------------------------------------------------------------------------------------------------------


def test_comments_stand_in_reading_order_each_under_what_it_answers(desk):
    first = a_comment(subject="First")
    a_comment(first.discussion, subject="Second")
    a_comment(parent=first, subject="Reply")
    page = check_page(desk, list_of(Comment) + f"?discussion={first.discussion_id}")
    assert subjects_on(page, "First", "Second", "Reply") == ["First", "Reply", "Second"]
    assert '<span class="level-1"><span class="is-shown">Reply' in page


def test_of_all_comments_the_newest_thread_comes_first(desk):
    first = a_comment(subject="First")
    a_comment(parent=first, subject="Reply")
    a_comment(a_discussion(), subject="Later")
    assert subjects_on(check_page(desk, list_of(Comment)), "First", "Reply", "Later") == ["Later", "First", "Reply"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=visible", ["Named", "Nobody"]),
        ("state=hidden", ["Gone"]),
        ("score=1", ["Named"]),
        ("score=0", ["Nobody", "Gone"]),
        ("anonymous=yes", ["Nobody", "Gone"]),
        ("anonymous=no", ["Named"]),
        ("archived=yes", []),
        ("archived=no", ["Named", "Nobody", "Gone"]),
        ("q=cherries", ["Nobody"]),
        ("q=ann", ["Named"]),
        ("q=gone", ["Gone"]),
        ("score=seven&anonymous=perhaps&state=&discussion=none", ["Named", "Nobody", "Gone"]),
        ("discussion=99999999999999999999999", ["Named", "Nobody", "Gone"]),
    ],
)
def test_comments_are_found_by_state_score_author_and_words(desk, query, found):
    discussion = a_discussion()
    a_comment(discussion, author=a_member("Ann"), subject="Named")
    a_comment(discussion, subject="Nobody", body="A bowl of cherries")
    hidden = a_comment(discussion, subject="Gone")
    hide_comment(comment=hidden, actor=an_editor(), reason="Spam", now=NOW)
    page = check_page(desk, f"{list_of(Comment)}?{query}")
    assert set(subjects_on(page, "Named", "Nobody", "Gone")) == set(found)


def test_a_comment_is_found_by_its_number(desk):
    wanted = a_comment(subject="Wanted")
    a_comment(subject="Other")
    page = check_page(desk, f"{list_of(Comment)}?q=%23{wanted.pk}")
    assert subjects_on(page, "Wanted", "Other") == ["Wanted"]


def test_a_comments_page_shows_text_log_and_acts(desk):
    comment = a_moderated_comment()
    desk.post(act_of(comment, "hide"), {"reason": "Spam for watches"})
    page = check_page(desk, page_of(comment))
    for words in ("Some words.", "Insightful", "Start", "Spam for watches", comment.get_absolute_url()):
        assert words in page


def test_a_comment_cannot_be_typed_over_moved_or_deleted(desk):
    comment = a_comment(subject="As it was")
    desk.force_login(an_editor())
    assert desk.post(page_of(comment), {"subject": "Other", "score": "5"}).status_code == 403
    assert desk.get(page_of(comment).replace("change", "delete")).status_code == 403
    assert desk.get(list_of(Comment) + "add/").status_code == 403
    comment.refresh_from_db()
    assert (comment.subject, comment.score) == ("As it was", 0)


def test_the_list_costs_the_same_for_30_comments_as_for_5(desk):
    story = a_story(comments=5)
    few = queries_of(desk, list_of(Comment))
    for place in range(25):
        a_comment(story.discussion, author=a_member(), subject=f"More {place}")
    assert queries_of(desk, list_of(Comment)) == few


def test_a_list_counts_no_further_than_anybody_turns_its_pages(desk, monkeypatch):
    monkeypatch.setattr("forum.accounts.admin.desk.COUNTED_MAX", 3)
    a_story(comments=5)
    assert desk.get(list_of(Comment)).context["cl"].result_count == 3


def test_a_page_costs_the_same_for_9_moderations_as_for_3(desk):
    comment = a_comment(author=a_member())
    costs = []
    for _ in range(3):
        for reason in (INSIGHTFUL, TROLL, INSIGHTFUL):
            spend_point(comment=comment, moderator=a_member(points=1), reason=reason, now=NOW)
        costs.append(queries_of(desk, page_of(comment)))
    assert costs[0] == costs[2]


# -- Acting --------------------------------------------------------------------------------------------------------


def test_hiding_asks_first_and_then_hides_with_the_reason(desk):
    comments = [a_comment(author=a_member()) for _ in range(3)]
    question = choose(desk, Comment, "hide", comments[:2])
    assert "taken off the pages" in question.content.decode()
    assert not Comment.objects.exclude(hidden_at=None).exists()
    answer = choose(desk, Comment, "hide", comments[:2], reason="Spam")
    assert "done for 2" in words_of(answer)
    assert [Comment.objects.get(pk=c.pk).hidden_at is None for c in comments] == [False, False, True]
    assert acts_on(comments[0]) == ["hide"]
    assert "Spam" in Notification.objects.get(recipient=comments[0].author).line


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_hiding_without_a_proper_reason_hides_nothing(desk, reason):
    comment = a_comment()
    assert desk.post(act_of(comment, "hide"), {"reason": reason}).status_code == 422
    assert choose(desk, Comment, "hide", [comment], reason=reason).status_code == 422
    comment.refresh_from_db()
    assert comment.hidden_at is None
    assert acts_on(comment) == []


def test_a_missing_field_is_a_question_and_no_error(desk):
    assert desk.post(act_of(a_comment(), "hide")).status_code == 422


def test_a_hidden_comment_is_restored_without_a_reason_too(desk):
    comment = a_comment()
    desk.post(act_of(comment, "hide"), {"reason": "Spam"})
    desk.post(act_of(comment, "restore"), {"reason": ""})
    comment.refresh_from_db()
    assert comment.hidden_at is None
    assert comment.discussion.__class__.objects.get(pk=comment.discussion_id).comment_count == 1
    assert acts_on(comment) == ["hide", "restore"]


def test_setting_back_withdraws_every_moderation(desk):
    comment = a_moderated_comment()
    question = desk.get(act_of(comment, "set-back")).content.decode()
    assert "score now 2 Insightful, then 1" in question
    desk.post(act_of(comment, "set-back"), {"reason": "A ring of friends"})
    comment.refresh_from_db()
    comment.author.refresh_from_db()
    assert (comment.score, comment.label, comment.author.karma) == (1, "", 0)
    assert Moderation.objects.get().withdrawn_because == "Set back by staff. A ring of friends"
    assert acts_on(comment) == ["set back"]


def test_setting_back_what_nobody_moderated_says_so(desk):
    comment = a_comment()
    answer = desk.post(act_of(comment, "set-back"), {"reason": "To be sure"}, follow=True)
    assert "nothing to do for 1" in words_of(answer)
    assert acts_on(comment) == []


def test_what_is_hidden_already_is_passed_over(desk):
    hidden, shown = a_comment(), a_comment()
    hide_comment(comment=hidden, actor=an_editor(), reason="Earlier", now=NOW)
    question = choose(desk, Comment, "hide", [hidden, shown])
    assert "Passed over" in question.content.decode()
    assert "nothing to do" in words_of(choose(desk, Comment, "hide", [hidden]))
    answer = desk.post(act_of(hidden, "hide"), {"reason": "Again"}, follow=True)
    assert "nothing to do" in words_of(answer)
    assert acts_on(hidden) == ["hide"]


@pytest.mark.parametrize("chosen", [["0"], ["abc"], ["99999999999999999999999"], ["-1"], ["²"], []])
def test_unknown_comments_are_answered_in_words(desk, chosen):
    answer = choose(desk, Comment, "hide", chosen, reason="Spam")
    assert answer.status_code == 200
    assert not Comment.objects.exclude(hidden_at=None).exists()


def test_an_unknown_act_is_answered_in_words(desk):
    comment = a_comment()
    assert "No action selected" in words_of(choose(desk, Comment, "explode", [comment]))
    assert desk.get(act_of(comment, "explode")).status_code == 404
    assert desk.get(act_of(comment, "hide").replace(str(comment.pk), "999999")).status_code == 404


def test_no_more_than_a_page_of_comments_at_once(desk):
    discussion = a_discussion()
    for _ in range(101):
        a_comment(discussion)
    data = {"action": "hide", "select_across": "1", "index": "0", "_selected_action": ["0"]}
    answer = desk.post(list_of(Comment), data, follow=True)
    assert "at most 100" in words_of(answer)
    assert Comment.objects.filter(hidden_at=None).count() == 101


@pytest.mark.parametrize("act", ["hide", "set-back"])
def test_editors_without_the_permission_neither_see_nor_do_it(client, act):
    comment = a_moderated_comment()
    client.force_login(staff_of("Editors"))
    assert f'value="{act}"' not in check_page(client, list_of(Comment))
    assert act_of(comment, act) not in check_page(client, page_of(comment))
    assert client.post(act_of(comment, act), {"reason": "Because"}).status_code == 403
    choose(client, Comment, act, [comment], reason="Because")
    assert acts_on(comment) == []
    assert Comment.objects.get(pk=comment.pk).hidden_at is None


def test_members_who_are_no_staff_are_asked_to_sign_in(client):
    comment = a_comment()
    client.force_login(a_member())
    assert client.get(list_of(Comment)).status_code in (302, 403)
    assert client.post(act_of(comment, "hide"), {"reason": "Because"}).status_code in (302, 403)
    assert acts_on(comment) == []


# -- Discussions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [("lock", "open", "locked"), ("open", "locked", "open"), ("archive", "open", "archived")],
)
def test_a_discussion_is_locked_opened_and_archived_with_a_reason(desk, act, before, after):
    discussion = a_discussion(status=before)
    assert desk.post(act_of(discussion, act), {"reason": ""}).status_code == 422
    desk.post(act_of(discussion, act), {"reason": "A quarrel"})
    discussion.refresh_from_db()
    assert discussion.status == after
    assert acts_on(discussion) == ["set discussion"]


def test_a_hidden_discussion_is_not_opened_behind_its_storys_back(desk):
    discussion = a_discussion(status=Discussion.Status.HIDDEN)
    for act in ("lock", "open", "archive"):
        desk.post(act_of(discussion, act), {"reason": "Try"})
    discussion.refresh_from_db()
    assert discussion.status == Discussion.Status.HIDDEN


def test_a_discussion_hidden_while_the_question_was_open_stays_hidden():
    discussion = a_discussion()
    set_discussion_status(discussion=discussion, status="hidden", actor=None, reason="", now=NOW)
    assert discussion.status == Discussion.Status.OPEN, "as the page that was drawn before knows it"
    with pytest.raises(Refused, match="restore that instead"):
        set_status("locked")(discussion, actor=an_editor(), reason="Late", now=NOW)


def test_the_pages_of_discussions_answer(desk):
    discussion = a_story(comments=3).discussion
    assert "Comments as a tree" in check_page(desk, list_of(Discussion))
    assert "3, 3, 0, 0, 0, 0, 0" in check_page(desk, page_of(discussion))
    assert discussion.title in check_page(desk, list_of(Discussion) + f"?q={discussion.pk}")
