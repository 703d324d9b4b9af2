"""A comment's own page: what it answers, the comment, what answers it."""

import pytest
from django.urls import reverse

from comments.actions import hide_comment
from forum import policy
from forum.pages import WANTED
from forum.reading import COOKIE
from stories.actions import hide_story
from tests.factories import NOW, a_comment, a_member, a_story, an_editor
from tests.pages import queries_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def a_chain(length):
    story, last = a_story("Dust"), None
    for number in range(length):
        last = a_comment(story.discussion, parent=last, subject=f"Level {number}.")
    return last


def test_it_stands_between_what_it_answers_and_what_answers_it(client):
    middle = a_chain(2)
    a_comment(parent=middle, subject="A reply")
    page = read(client.get(middle.get_absolute_url()))
    assert page.words.index("Level 0.") < page.words.rindex("Level 1.") < page.words.index("A reply")
    assert page.links["Dust"] == f"{middle.discussion.link}#comment-{middle.pk}"


def test_it_is_shown_even_beneath_the_readers_threshold(client):
    comment = a_chain(1)
    assert "Level 0." in read(client.get(f"{comment.get_absolute_url()}?threshold=5")).words.split("and what", 1)[-1]


def test_a_look_beneath_the_threshold_is_not_remembered(client):
    client.get(f"{a_chain(1).get_absolute_url()}?threshold=-1")
    assert COOKIE not in client.cookies


@pytest.mark.parametrize("is_member", [False, True])
def test_it_may_be_kept_for_a_moment_and_a_members_for_the_member_alone(client, is_member):
    comment = a_chain(2)
    if is_member:
        client.force_login(a_member())
    wanted = policy.PAGE_KEPT.total_seconds(), is_member
    for query, kept in (("", wanted), ("?threshold=-1&after=1", wanted), ("?x=1", None)):
        assert client.get(comment.get_absolute_url() + query).wsgi_request.META.get(WANTED) == kept


def test_only_the_nearest_of_a_long_line_are_above_it(client):
    last = a_chain(policy.CONTEXT_ANCESTORS_MAX + 3)
    words = read(client.get(last.get_absolute_url())).words
    assert "There is more above" in words
    assert "Level 1." not in words
    assert "Level 2." in words


def test_a_removed_comment_is_gone_and_says_so(client):
    comment = a_comment(a_story().discussion, subject="Rude", body="Very rude.")
    hide_comment(comment=comment, actor=an_editor(), reason="rude", now=NOW)
    page = read(client.get(comment.get_absolute_url()), 410)
    assert "This comment was removed by staff." in page.words
    assert "ude" not in page.words


def test_a_removed_comment_still_shows_what_answers_it(client):
    comment = a_comment(a_story().discussion, subject="Rude")
    a_comment(parent=comment, subject="An answer")
    hide_comment(comment=comment, actor=an_editor(), reason="rude", now=NOW)
    page = read(client.get(comment.get_absolute_url()), 410)
    assert "An answer" in page.words
    assert "Rude" not in page.words


def test_a_comment_of_a_hidden_story_is_not_found(client):
    story = a_story()
    comment = a_comment(story.discussion)
    hide_story(story=story, editor=an_editor(), reason="", now=NOW)
    assert client.get(comment.get_absolute_url()).status_code == 404
    assert client.get(reverse("score", args=[comment.pk])).status_code == 404


def test_the_page_costs_the_same_for_1_reply_as_for_30(client):
    few, many = a_chain(2), a_chain(2)
    a_comment(parent=few)
    for _ in range(30):
        a_comment(parent=many, author=a_member())
    assert queries_of(client, few.get_absolute_url()) == queries_of(client, many.get_absolute_url())
