"""Discussions and people's pages as readers see them: places, marks, origins, scores, what is hidden."""

import re

import pytest
from django.urls import reverse

from comments.actions import hide_comment
from comments.models import Comment, Mark
from comments.queries import load_thread
from forum import policy
from forum.accounts.actions import hide_archived_person, keep_archived_person
from forum.reading import Reading
from tests.factories import NOW, a_comment, a_member, a_story, an_editor
from tests.pages import queries_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
PAGE_LISTS = 1  # the list of the thread itself


def seen(client, story, query=""):
    return read(client.get(story.get_absolute_url() + query))


def a_chain(story, length, **said):
    """A comment and a reply to it and a reply to that; the last one."""
    last = None
    for number in range(length):
        last = a_comment(story.discussion, parent=last, subject=f"Level {number}", **said)
    return last


def archived(comment, **columns):
    Comment.objects.filter(pk=comment.pk).update(is_archived=True, posted_at=None, **columns)


def test_a_thread_of_14_levels_steps_in_10_times_and_says_whom_the_others_answer(client):
    story = a_story()
    last = a_chain(story, 14)
    page = seen(client, story)
    assert page.deepest_list == PAGE_LISTS + policy.DEPTH_SHOWN_MAX
    first, *further = range(last.parent_id - 2, last.parent_id + 1)
    assert page.words.count("from here on replies step in no further") == 1
    assert f"Answers #{first}; from here on replies step in no further." in page.words
    assert all(f"Answers #{number}." in page.words for number in further)


def test_a_deep_reply_to_a_hidden_comment_says_that_this_is_beneath_the_threshold(client):
    story = a_story()
    last = a_chain(story, 14)
    Comment.objects.filter(pk=last.parent_id).update(score=-1)
    assert (
        f"In reply to #{last.parent_id}, which is beneath your threshold." in seen(client, story, "?threshold=0").words
    )


@pytest.mark.parametrize("mode", ["nested", "threaded"])
def test_a_reply_that_moved_up_says_what_it_answers_in_every_form(client, mode):
    story = a_story()
    hidden = a_comment(story.discussion)
    a_comment(parent=hidden, author=a_member())
    Comment.objects.filter(pk=hidden.pk).update(score=-1)
    page = seen(client, story, f"?threshold=0&full_from=2&mode={mode}")
    assert f"In reply to #{hidden.pk}, which is beneath your threshold." in page.words
    assert page.links[f"#{hidden.pk}"] == hidden.get_absolute_url()


def test_going_up_to_a_threshold_and_down_again_shows_what_was_shown_before(client):
    story = a_story()
    a_comment(story.discussion)
    client.get(f"{story.get_absolute_url()}?threshold=0&full_from=1")
    before = seen(client, story)
    up = seen(client, story, threshold_link(before, "5"))
    assert threshold_link(seen(client, story, threshold_link(up, "0")), "0") == threshold_link(before, "0")


def threshold_link(page, score):
    return re.search(rf'href="([^"#]+)[^>]*><b>{score}</b>', page.html)[1].replace("&amp;", "&")


def test_a_byline_names_the_member_the_time_and_the_number(client):
    story, ada = a_story(), a_member("Ada")
    comment = a_comment(story.discussion, author=ada)
    page = seen(client, story)
    assert f"by Ada ({ada.number}) · May 4, 2026 @12:00PM · #{comment.pk}" in page.words
    assert page.links[f"#{comment.pk}"] == reverse("comment", args=[comment.pk])
    assert f'id="comment-{comment.pk}"' in page.html


def test_an_archived_author_is_shown_with_origin_and_number(client):
    story = a_story()
    person = keep_archived_person(source="slashdot.org", number=68843, name="Entrope")
    archived(a_comment(story.discussion), archived_author=person)
    assert "by Entrope (68843) of slashdot.org" in seen(client, story).words


def test_a_name_taken_off_by_request_is_nowhere(client):
    story = a_story()
    person = keep_archived_person(source="slashdot.org", number=68843, name="Entrope")
    comment = a_comment(story.discussion)
    archived(comment, archived_author=person)
    hide_archived_person(person=person, actor=an_editor(), reason="asked", now=NOW)
    for address in (story.get_absolute_url(), comment.get_absolute_url(), f"{comment.get_absolute_url()}score/"):
        assert "Entrope" not in client.get(address).content.decode()
    assert "somebody of slashdot.org, name withheld" in seen(client, story).words
    assert client.get(person.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("mark", sorted(set(Mark) - {Mark.QUOTED}))
def test_what_is_not_certain_of_a_place_is_said(client, mark):
    story = a_story()
    archived(a_comment(story.discussion), mark=mark)
    assert mark.label in seen(client, story).words


def test_a_place_known_by_a_quotation_is_certain_and_needs_no_words(client):
    story = a_story()
    archived(a_comment(parent=a_comment(story.discussion)), mark=Mark.QUOTED)
    assert Mark.QUOTED.label not in seen(client, story).words


@pytest.mark.parametrize(("mark", "link"), [(Mark.SUBJECT, "Parent (guessed)"), (Mark.QUOTED, "Parent")])
def test_a_guessed_parent_is_never_shown_as_certain(client, mark, link):
    story = a_story()
    archived(a_comment(parent=a_comment(story.discussion)), mark=mark)
    assert {name for name in seen(client, story).links if name.startswith("Parent")} == {link}


def test_a_cut_off_comment_says_so(client):
    story = a_story()
    archived(a_comment(story.discussion), is_cut_off=True)
    assert "The archive has only the beginning of this comment." in seen(client, story).words


def test_a_reply_to_a_hidden_comment_says_what_it_answers(client):
    story = a_story()
    top = a_comment(story.discussion, author=a_member())
    low = a_comment(parent=top, subject="Low")
    a_comment(parent=low, author=a_member(), subject="A good answer")
    page = seen(client, story, "?threshold=1")
    assert f"In reply to #{low.pk}, which is beneath your threshold." in page.words
    assert page.links["1 reply beneath your threshold"] == f"{top.get_absolute_url()}?threshold=-1"
    assert "Low" in read(client.get(f"{top.get_absolute_url()}?threshold=-1")).words


def test_a_removed_comment_keeps_its_place_and_loses_its_words(client):
    story = a_story()
    removed = a_comment(story.discussion, subject="Rude", body="Very rude.")
    a_comment(parent=removed, subject="An answer")
    hide_comment(comment=removed, actor=an_editor(), reason="rude", now=NOW)
    words = seen(client, story).words
    assert "This comment was removed by staff" in words
    assert "An answer" in words
    assert "Very rude" not in words


def test_flat_shows_one_under_the_other(client):
    story = a_story()
    last = a_chain(story, 4)
    page = seen(client, story, "?mode=flat")
    assert page.deepest_list == PAGE_LISTS
    assert f"In reply to #{last.parent_id}" in page.words


def test_visitors_can_reply_and_cannot_moderate(client):
    story = a_story(comments=1)
    comment = Comment.objects.get()
    page = seen(client, story)
    assert page.links["Reply"] == reverse("reply", args=[story.discussion_id, comment.pk])
    assert not [name for name in page.fields if name.startswith("reason-")]


@pytest.mark.parametrize(("counts", "words"), [(True, "2"), (False, "1")])
def test_the_karma_bonus_counts_for_readers_who_want_it(client, counts, words):
    story = a_story()
    a_comment(story.discussion, author=a_member(karma=50), subject="Wise")
    client.force_login(a_member(modifiers={} if counts else {"bonus": 0}))
    assert f"Wise Score {words}" in seen(client, story).words


def test_a_readers_text_stays_text(client):
    story = a_story()
    a_comment(story.discussion, subject="<b>bold</b> & <script>", body="<script>alert(1)</script>")
    page = seen(client, story)
    assert "<b>bold</b> & <script>" in page.words
    assert "<script>alert" not in page.html


def test_the_thread_is_one_question_to_the_database_and_one_about_names(django_assert_num_queries):
    story = a_story(comments=12)
    with django_assert_num_queries(2):
        assert load_thread(discussion=story.discussion, reading=Reading()).here_count == 12
    with django_assert_num_queries(1):
        assert load_thread(discussion=story.discussion, reading=Reading(threshold=2)).here_count == 12


def test_a_members_page_shows_the_newest_comments_and_keeps_the_karma_for_the_member(client):
    ada = a_member("Ada", karma=13)
    a_comment(a_story("Dust").discussion, author=ada, subject="Dust is data")
    address = ada.get_absolute_url()
    assert "Dust is data" in read(client.get(address)).words
    assert "karma" not in read(client.get(address)).words.lower()
    client.force_login(ada)
    assert "Your karma: Good" in read(client.get(address)).words


def test_a_members_page_keeps_what_was_said_anonymously_or_removed_or_hidden(client):
    ada, story = a_member("Ada"), a_story()
    hide_comment(
        comment=a_comment(story.discussion, author=ada, subject="Gone"), actor=an_editor(), reason="So", now=NOW
    )
    assert "Ada has not said anything yet." in read(client.get(ada.get_absolute_url())).words


def test_a_members_page_costs_the_same_for_2_comments_as_for_20(client):
    ada = a_member("Ada")
    for _ in range(2):
        a_comment(a_story().discussion, author=ada)
    for_two = queries_of(client, ada.get_absolute_url())
    for _ in range(18):
        a_comment(author=ada)
    assert queries_of(client, ada.get_absolute_url()) == for_two


def test_an_archived_person_is_no_account(client):
    person = keep_archived_person(source="slashdot.org", number=68843, name="Entrope")
    archived(a_comment(a_story().discussion, subject="What was he going on about?"), archived_author=person)
    answer = client.get(person.get_absolute_url())
    assert answer["X-Robots-Tag"] == "noindex"
    assert "Nobody can sign in as this person or take the name" in read(answer).words
    assert "What was he going on about?" in read(answer).words


def test_nobody_of_that_name_is_not_found(client):
    assert client.get("/~Nobody/").status_code == 404
