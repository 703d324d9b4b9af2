"""Changing one's own words, with a history for everybody; deleting them, and bringing them back."""

from datetime import timedelta

import pytest

from comments.actions import delete_comment, edit_comment, prepare_words
from comments.models import Comment
from tests.factories import a_comment, a_member, a_story

pytestmark = pytest.mark.django_db
BEFORE = "I have seen one.\n\nIt was wearing a hat, and a scarf, and it did not look pleased at all."
AFTER = "I have seen two.\n\nOne was wearing a hat, and a scarf.\n\nhttps://example.org/" + "long-and-longer-" * 8


@pytest.fixture
def robin(now):
    return a_member("Robin", now=now)


@pytest.fixture
def story(now):
    return a_story("Penguins seen at the harbour", now=now)


@pytest.fixture
def mine(story, robin, now):
    posted_at = now - timedelta(minutes=1)
    return a_comment(story.discussion, author=robin, subject="A sighting", body=BEFORE, now=posted_at)


def test_an_author_changes_a_comment_and_a_visitor_reads_what_it_said(visitor, story, mine, robin, either_way):
    visitor.become(robin)
    visitor.go(story.get_absolute_url())
    visitor.comment(mine).get_by_role("link", name="Edit").click()
    assert visitor.typed("body") == BEFORE
    visitor.fill(subject="Two sightings", body=AFTER)
    visitor.press("Preview")
    visitor.sees("I have seen two.", within=".preview")
    visitor.press("Save")
    assert visitor.place == story.get_absolute_url()
    visitor.page.context.clear_cookies()
    visitor.go(story.get_absolute_url())
    visitor.sees("Two sightings", within=f"#comment-{mine.pk}")
    visitor.comment(mine).get_by_role("link", name="edited").click()
    assert visitor.page.locator(".source ins").first.inner_text().split()[0] == "two."
    assert visitor.page.locator(".source del").first.inner_text().split()[0] == "one."


def test_an_author_deletes_a_comment_and_brings_it_back(visitor, story, mine, robin, now, either_way):
    a_comment(parent=mine, author=a_member("Ada", now=now), body="Where?", now=now)
    visitor.become(robin)
    visitor.go(story.get_absolute_url())
    visitor.comment(mine).get_by_role("link", name="Delete").click()
    visitor.sees("What answers it stays")
    visitor.press("Delete it", status=410)
    visitor.sees("What you wrote")
    assert visitor.page.get_by_label("Your words").input_value() == BEFORE
    visitor.go(story.get_absolute_url())
    visitor.sees("This comment was deleted by its author", within=f"#comment-{mine.pk}")
    visitor.go(mine.get_absolute_url())
    visitor.press("Bring it back")
    assert Comment.objects.get(pk=mine.pk).hidden_at is None
    visitor.sees("It was wearing a hat")


def test_these_pages_owe_their_readers_what_all_pages_do(visitor, story, mine, robin, now):
    gone = a_comment(story.discussion, author=robin, subject="Regret", body="I was rude.", now=now)
    a_comment(parent=gone, now=now)
    words = prepare_words(subject="Two sightings", body=AFTER, markup="plain")
    edit_comment(comment=mine, author=robin, words=words, seen=0, now=now)
    delete_comment(comment=gone, author=robin, now=now)
    visitor.become(robin)
    pages = [story.get_absolute_url(), gone.get_absolute_url()]
    pages += [f"/comment/{mine.pk}/{name}/" for name in ("edit", "history", "delete")]
    for page in pages:
        visitor.go(page)
        assert visitor.page_faults() == [], page
