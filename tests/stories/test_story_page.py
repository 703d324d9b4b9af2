"""A story with its discussion, as readers, members, moderators and staff meet it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from comments.actions import set_discussion_status
from comments.models import Discussion
from forum.reading import COOKIE
from stories.actions import archive_story, hide_story, schedule_story, write_story
from stories.models import ArchivedArticle
from tests.factories import NOW, a_comment, a_member, a_story, an_editor
from tests.pages import queries_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def seen(client, story, query=""):
    return read(client.get(story.get_absolute_url() + query))


def an_unseen_story(state):
    editor, story = an_editor(), a_story("A secret")
    if state == "hidden":
        hide_story(story=story, editor=editor, reason="", now=NOW)
        return story
    words = {"intro": "x", "markup": "html", "section": story.section, "topic": story.topic, "title": "A secret"}
    story = write_story(editor=editor, now=NOW, **words)
    if state == "scheduled":
        schedule_story(story=story, editor=editor, at=NOW + timedelta(hours=1), now=NOW)
    return story


def test_the_page_shows_intro_and_body_and_its_comments(client):
    story = a_story("Dust", intro="<p>Intro.</p>", body="<p>Body.</p>", comments=4)
    words = seen(client, story).words
    assert "Intro. Body." in words
    assert "4 comments" in words
    assert "Comment 3" in words


@pytest.mark.parametrize("who", ["a visitor", "a moderator"])
def test_the_page_costs_the_same_for_2_comments_as_for_60(client, who):
    few, many = a_story(comments=2), a_story(comments=60)
    if who == "a moderator":
        client.force_login(a_member(points=5))
    assert queries_of(client, few.get_absolute_url()) == queries_of(client, many.get_absolute_url())


def test_a_visitor_costs_five_questions_and_the_next_one_four(client):
    story = a_story(comments=2)
    assert queries_of(client, story.get_absolute_url()) == 5
    assert queries_of(client, story.get_absolute_url()) == 4


@pytest.mark.parametrize("state", ["draft", "scheduled", "hidden"])
def test_an_unseen_story_is_not_found_by_readers_and_a_preview_for_staff(client, state):
    story = an_unseen_story(state)
    assert "A secret" not in read(client.get(story.get_absolute_url()), 404).words
    client.force_login(an_editor())
    assert "Only staff see this page: the story is" in seen(client, story).words


def test_an_old_address_leads_to_the_right_one(client):
    story = a_story()
    answer = client.get(reverse("story", args=[story.pk, "an-older-title"]))
    assert (answer.status_code, answer["Location"]) == (301, story.get_absolute_url())


def test_the_bar_says_how_many_comments_each_threshold_shows(client):
    story = a_story(comments=2)
    a_comment(story.discussion, author=a_member())
    page = seen(client, story)
    assert page.links["Newest first"].startswith("?threshold=0&mode=nested&order=newest")
    assert "−1: 3 comments 0: 3 comments 1: 1 comment 2: 0 comments" in page.words


def test_a_threshold_chosen_by_link_is_remembered(client):
    story = a_story(comments=2)
    a_comment(story.discussion, author=a_member(), subject="By a member")
    assert "Comment 0" not in seen(client, story, "?threshold=1").words
    assert client.cookies[COOKIE].value == "1.nested.oldest.1"
    again = seen(client, story).words
    assert "Comment 0" not in again
    assert "By a member" in again


def test_comments_beneath_the_threshold_are_counted_and_one_link_away(client):
    story = a_story(comments=1)
    page = seen(client, story, "?threshold=5")
    link = page.links["1 thread beneath your threshold: show it"]
    assert "Comment 0" in seen(client, story, link.removesuffix("#comments")).words


def test_nonsense_in_the_address_is_passed_over(client):
    assert "Comment 0" in seen(client, a_story(comments=1), "?threshold=99&mode=x&order=%ff").words


def test_an_empty_discussion_invites(client):
    story = a_story()
    page = seen(client, story)
    assert "Nobody has said anything yet" in page.words
    assert page.links["Post the first comment"] == reverse("comment_on", args=[story.discussion_id])


def test_an_archived_discussion_says_so_and_offers_no_reply(client):
    story = a_story(comments=1)
    archive_story(story=story, editor=None, now=NOW)
    page = seen(client, story)
    assert "This discussion is archived" in page.words
    assert not {"Reply", "Post a comment"} & page.links.keys()


def test_a_locked_discussion_says_so(client):
    story = a_story(comments=1)
    set_discussion_status(discussion=story.discussion, status=Discussion.Status.LOCKED, actor=None, reason="", now=NOW)
    assert "This discussion is closed" in seen(client, story).words


def test_an_imported_story_keeps_its_saying_and_stays_out_of_search_engines(client):
    story = a_story()
    fortune = "There is a time in the tides of men."
    ArchivedArticle.objects.create(
        story=story, source="slashdot.org", source_id="0177069105", printed={}, fortune=fortune, imported_at=NOW
    )
    answer = client.get(story.get_absolute_url())
    assert answer["X-Robots-Tag"] == "noindex"
    assert fortune in read(answer).words
    assert "From the archive of slashdot.org, article 0177069105." in read(answer).words


def test_other_stories_stand_beside_it(client):
    story, other = a_story("This one"), a_story("The other")
    assert seen(client, story).links["The other"] == other.get_absolute_url()
