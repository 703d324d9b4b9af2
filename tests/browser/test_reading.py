"""A reader's ways through the site, with scripts and without."""

import pytest

from comments.actions import hide_comment
from moderation.actions import spend_point
from tests.factories import a_comment, a_member, a_story, an_editor

pytestmark = pytest.mark.django_db

INSIGHTFUL, TROLL = 5, 3


@pytest.fixture
def lively(now):
    """A story whose comments have scores from -1 to 2, one of them removed."""
    story = a_story("Penguins seen at the harbour", now=now, body="The rest of it.", dept="cold-feet")
    talker, quiet = a_member("Talker", now=now), a_member("Quiet", now=now)
    first = a_comment(story.discussion, author=talker, subject="First of all", body="Said *early*.", now=now)
    reply = a_comment(author=quiet, parent=first, subject="Re: First of all", now=now)
    gone = a_comment(author=talker, parent=reply, subject="Buy my fish", body="fish.example", now=now)
    below = a_comment(parent=gone, subject="Answering the fish", now=now)
    low = a_comment(story.discussion, subject="Grumble", now=now)
    moderator = a_member("Mo", points=5, now=now)
    for comment, reason in ((first, INSIGHTFUL), (low, TROLL)):
        spend_point(comment=comment, moderator=moderator, reason=reason, now=now)
    hide_comment(comment=gone, actor=an_editor("Edith", now=now), reason="Advertising", now=now)
    return {"story": story, "first": first, "reply": reply, "gone": gone, "below": below, "low": low}


def test_from_the_front_page_to_a_score(visitor, lively, either_way):
    visitor.go("/")
    visitor.sees("from the cold-feet dept.")
    visitor.follow("Penguins seen at the harbour")
    visitor.sees("The rest of it.")
    assert "removed by staff" in visitor.comment(lively["gone"]).inner_text()
    assert "fish.example" not in visitor.page.content()
    visitor.follow("Score 2, Insightful")
    visitor.sees("A moderator found it Insightful")
    visitor.follow("Back to the comment")
    visitor.sees("The comment and what answers it")
    visitor.follow("Talker")
    visitor.sees("Newest comments")
    visitor.does_not_see("Buy my fish")


def test_the_shelves_lead_to_their_stories(visitor, lively, either_way):
    visitor.go("/")
    visitor.follow("Main", within=".masthead")
    visitor.follow("Penguins seen at the harbour")
    visitor.follow("News", within=".story-foot")
    assert visitor.place == "/topic/news/"
    visitor.sees("Penguins seen at the harbour")


def test_a_comment_alone_shows_what_it_answers_and_what_answers_it(visitor, lively, either_way):
    visitor.go(lively["reply"].get_absolute_url())
    visitor.sees("What it answers")
    assert visitor.subjects()[:2] == ["First of all", "Re: First of all"]
    visitor.follow(f"#{lively['first'].pk}")
    assert visitor.place == lively["first"].get_absolute_url()


def test_a_threshold_chosen_by_link_stays_for_the_next_page(visitor, lively, now, either_way):
    other = a_story("Another one", now=now)
    a_comment(other.discussion, subject="Nobody's", now=now)
    visitor.go(lively["story"].get_absolute_url())
    assert "Grumble" not in visitor.subjects()
    visitor.page.locator(".levels a").first.click()
    visitor.page.wait_for_url("**threshold=-1**")
    assert "Grumble" in visitor.subjects()
    visitor.page.locator(".levels a").nth(2).click()
    visitor.page.wait_for_url("**threshold=1**")
    visitor.go(other.get_absolute_url())
    assert visitor.subjects() == []
    visitor.sees("1 thread beneath your threshold")


def test_flat_and_newest_first(visitor, lively, either_way):
    visitor.go(lively["story"].get_absolute_url())
    assert visitor.page.locator(".thread ol").count()
    visitor.follow("Flat", within=".controls")
    visitor.page.wait_for_url("**mode=flat**")
    assert not visitor.page.locator(".thread ol").count()
    oldest_first = visitor.subjects()
    visitor.follow("Newest", within=".controls", exact=False)
    visitor.page.wait_for_url("**order=newest**")
    assert visitor.subjects() == oldest_first[::-1]
    visitor.follow("Highest", within=".controls", exact=False)
    visitor.page.wait_for_url("**order=highest**")
    assert visitor.subjects()[0] == "First of all"


def test_somebody_of_an_archive(visitor, archived, either_way):
    visitor.go(archived.get_absolute_url())
    visitor.sees("From the archive of slashdot.org")
    visitor.page.locator(".byline a b").first.click()
    assert visitor.place.startswith("/archived/")
    visitor.sees("Nobody can sign in as this person")


@pytest.mark.parametrize("address", ["/story/99999/", "/comment/99999/", "/section/nowhere/", "/~Nobody/", "/nothing/"])
def test_what_is_not_there_is_said_in_words(visitor, address):
    assert visitor.go(address) == 404
    visitor.follow("Go to the front page")
    assert visitor.place == "/"
