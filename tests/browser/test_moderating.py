"""Spending points from the page, and what posting afterwards does."""

import pytest

from moderation.queries import points_of
from tests.factories import a_comment, a_member, a_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(now):
    return a_story("Penguins seen at the harbour", now=now)


@pytest.fixture
def comments(story, now):
    talker = a_member("Talker", now=now)
    return [
        a_comment(story.discussion, author=talker, subject=f"Thread {number}", body=f"Word {number}.", now=now)
        for number in range(3)
    ]


@pytest.fixture
def morgan(visitor, now):
    """A moderator with five points, at the browser."""
    member = a_member("Morgan", points=5, now=now)
    visitor.become(member)
    return member


def choose(visitor, comment, reason):
    visitor.comment(comment).get_by_label("Moderate").select_option(label=reason)


def test_two_comments_with_one_button(visitor, story, comments, morgan, now, either_way):
    visitor.go(story.get_absolute_url())
    visitor.sees("You have 5 mod points")
    choose(visitor, comments[0], "Insightful +1")
    choose(visitor, comments[1], "Offtopic −1")
    visitor.press("Moderate")
    visitor.sees("Moderated: 2. Points left: 3.")
    visitor.sees("3 mod points", within=".me")
    assert "2, Insightful" in visitor.comment(comments[0]).inner_text()
    assert "0, Offtopic" in visitor.comment(comments[1]).inner_text()
    assert "You gave Insightful" in visitor.comment(comments[0]).inner_text()
    assert points_of(morgan, now) == 3


def test_posting_afterwards_withdraws_as_was_said_before(visitor, story, comments, morgan, now, either_way):
    visitor.go(story.get_absolute_url())
    choose(visitor, comments[0], "Insightful +1")
    visitor.press("Moderate")
    visitor.go(f"/reply/{story.discussion_id}/{comments[1].pk}/")
    visitor.sees("withdraws your 1 moderation in this discussion; the points do not come back")
    visitor.fill(body="I have to say this.")
    visitor.press("Post")
    score = visitor.comment(comments[0]).locator(".score")
    assert score.inner_text() == "1"
    visitor.sees("You have 4 mod points, but not for here.")
    score.click()
    visitor.sees("Withdrawn: The moderator posted in the discussion.")


def test_a_refusal_is_said_in_words_and_costs_nothing(visitor, story, comments, morgan, now, either_way):
    visitor.go(story.get_absolute_url())
    choose(visitor, comments[0], "Funny +1")
    a_comment(story.discussion, author=morgan, subject="Meanwhile", now=now)
    visitor.press("Moderate", status=409)
    visitor.sees("Nothing was moderated")
    visitor.sees("Your points are still yours.")
    assert points_of(morgan, now) == 5
    visitor.follow("Back to the discussion")
    assert visitor.comment(comments[0]).locator(".score").inner_text() == "1"


def test_nobody_is_asked_to_moderate_himself(visitor, story, comments, morgan, now):
    other = a_story("Another", now=now)
    visitor.go(story.get_absolute_url())
    assert visitor.page.get_by_label("Moderate").count() == 3
    a_comment(other.discussion, author=morgan, now=now)
    visitor.go(other.get_absolute_url())
    assert visitor.page.get_by_label("Moderate").count() == 0
