"""The front page, section and topic pages: what readers find there, and what they do not."""

from datetime import timedelta

import pytest
from django.urls import reverse

from comments.actions import hide_comment
from comments.models import Comment
from forum import policy
from stories.actions import hide_story, schedule_story, write_story
from stories.models import Section, Story, Topic
from tests.factories import NOW, a_comment, a_member, a_story, an_editor
from tests.pages import queries_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def front(client):
    return read(client.get(reverse("front")))


def at_the_top(comment):
    Comment.objects.filter(pk=comment.pk).update(score=5)
    type(comment.discussion).objects.filter(pk=comment.discussion_id).update(count_5=2)
    return comment


def test_a_story_says_who_posted_it_when_from_which_department_and_from_where(client):
    a_story(
        "Dust", editor=an_editor("Ed"), dept="sneezing-in-zero-g", source_domain="example.org", intro="<p>Seen.</p>"
    )
    words = front(client).words
    assert "Dust (example.org)" in words
    assert "Posted by Ed on Monday May 4, 2026 @11:00AM from the sneezing-in-zero-g dept." in words
    assert "Seen." in words


def test_the_newest_story_stands_first(client):
    a_story("Earlier", now=NOW - timedelta(hours=5))
    a_story("Later")
    words = front(client).words
    assert words.index("Later") < words.index("Earlier")


def test_comments_are_counted_and_drawn_by_score(client):
    a_story(comments=3)
    page = front(client)
    assert "3 comments" in page.words
    assert "at least −1: 3, 0: 3, 1: 0" in page.words


def test_a_story_without_comments_invites_one(client):
    story = a_story()
    assert front(client).links["Be the first to comment"] == f"{story.get_absolute_url()}#comments"


@pytest.mark.parametrize("name", ["section", "topic"])
def test_a_section_and_a_topic_show_only_their_own(client, name):
    a_story("Elsewhere")
    words = {
        "section": Section.objects.create(name="Science", slug="science"),
        "topic": Topic.objects.create(name="Space", slug="space", icon="Sp"),
    }
    a_story("Here", **{name: words[name]})
    page = read(client.get(words[name].get_absolute_url()))
    assert page.links["Here"]
    assert page.words.index("Here") < page.words.index("Other stories") < page.words.index("Elsewhere")


def test_an_unknown_section_is_not_found_in_words(client):
    assert "There is nothing here" in read(client.get(reverse("section", args=["nowhere"])), 404).words


def test_an_empty_front_page_says_what_one_can_do(client):
    assert "Nothing has been published so far." in front(client).words
    client.force_login(an_editor())
    assert "Write the first one" in front(client).words


def test_drafts_scheduled_and_hidden_stories_are_not_there(client):
    editor, hidden, published = an_editor(), a_story("Hidden"), a_story("Published")
    words = {"intro": "x", "markup": "html", "section": published.section, "topic": published.topic}
    write_story(editor=editor, now=NOW, title="Draft", **words)
    later = write_story(editor=editor, now=NOW, title="Scheduled", **words)
    schedule_story(story=later, editor=editor, at=NOW + timedelta(hours=1), now=NOW)
    hide_story(story=hidden, editor=editor, reason="", now=NOW)
    words = front(client).words
    assert "Published" in words
    assert not {"Draft", "Scheduled", "Hidden"} & set(words.split())


def test_a_scheduled_story_is_there_from_its_time_on(client):
    story = a_story("Scheduled")
    Story.objects.filter(pk=story.pk).update(state=Story.State.SCHEDULED, published_at=NOW)
    assert front(client).links["Scheduled"]


def test_the_page_costs_the_same_for_2_stories_as_for_12(client):
    editor = an_editor()
    for number in range(2):
        a_story(f"Story {number}", editor=editor, comments=1)
    for_two = queries_of(client, reverse("front"))
    for number in range(10):
        a_story(f"More {number}", editor=editor, comments=1)
    assert queries_of(client, reverse("front")) == for_two


def test_what_does_not_fit_is_on_the_next_page_and_in_the_box_of_older_stuff(client):
    editor = an_editor()
    for number in range(policy.STORIES_PER_PAGE + 1):
        a_story(f"Story {number}", editor=editor, now=NOW + timedelta(minutes=number))
    page = front(client)
    assert page.words.index("Older stuff") < page.words.index("Story 0")
    assert page.links["Older stories →"] == "?page=2"
    assert read(client.get(reverse("front") + "?page=2")).links["Story 0"]


@pytest.mark.parametrize("number", ["0", "-1", "99", "x", "9" * 30])
def test_a_senseless_page_number_gives_a_page(client, number):
    a_story("Only one")
    assert read(client.get(reverse("front"), {"page": number})).links["Only one"]


def test_the_highest_comments_are_in_a_box_unless_removed(client):
    story = a_story()
    kept = at_the_top(a_comment(story.discussion, subject="A gem"))
    gone = at_the_top(a_comment(story.discussion, subject="Removed"))
    hide_comment(comment=gone, actor=an_editor(), reason="So", now=NOW)
    page = front(client)
    assert page.links["A gem"] == kept.get_absolute_url()
    assert "Removed" not in page.links


def test_no_comment_of_a_hidden_discussion_is_in_the_box(client):
    story = a_story()
    at_the_top(a_comment(story.discussion, subject="A gem"))
    hide_story(story=story, editor=an_editor(), reason="", now=NOW)
    assert "A gem" not in front(client).words


def test_the_head_of_the_page_knows_the_member(client):
    assert "Sign in" in front(client).words
    member = a_member("Ada", points=1)
    a_comment(parent=a_comment(author=member))
    client.force_login(member)
    assert "Inbox 1 unread 1 mod point ~Ada Preferences Sign out" in front(client).words


def test_sections_are_in_the_head_of_every_page(client):
    a_story()
    assert read(client.get(reverse("account_login"))).links["Main"] == reverse("section", args=["main"])
