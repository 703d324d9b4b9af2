"""Moderating from a discussion's page: what is offered to whom, what is spent, and what is refused in words."""

from datetime import timedelta

import pytest
from django.urls import reverse

from comments.actions import hide_comment
from comments.models import Comment
from forum.presets import THRESHOLD
from moderation.actions import spend_point
from moderation.models import Moderation, PointGrant
from tests.factories import NOW, a_comment, a_member, a_story, an_editor
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
INSIGHTFUL, TROLL = 5, 3


@pytest.fixture
def story():
    return a_story()


@pytest.fixture
def moderator(client):
    member = a_member(points=2)
    client.force_login(member)
    return member


def choices(page):
    return {int(name.removeprefix("reason-")) for name in page.fields if name.startswith("reason-")}


def seen(client, story):
    return read(client.get(story.get_absolute_url() + "?threshold=-1"))


def send(client, story, chosen):
    return client.post(
        reverse("moderate", args=[story.discussion_id]), {f"reason-{pk}": reason for pk, reason in chosen.items()}
    )


def test_a_moderator_gets_a_choice_at_each_comment_and_one_button(client, moderator, story):
    comments = {a_comment(story.discussion).pk, a_comment(story.discussion, author=a_member()).pk}
    page = seen(client, story)
    assert choices(page) == comments
    assert "You have 2 mod points." in page.words


def test_a_member_without_points_gets_none(client, story):
    a_comment(story.discussion)
    client.force_login(a_member())
    assert not choices(seen(client, story))


def test_nothing_is_offered_that_would_be_refused(client, moderator, story):
    old = a_comment(story.discussion)
    Comment.objects.filter(pk=old.pk).update(posted_at=NOW - THRESHOLD.window - timedelta(seconds=1))
    removed = a_comment(story.discussion)
    answer = a_comment(parent=removed)
    hide_comment(comment=removed, actor=an_editor(), reason="So", now=NOW)
    assert choices(seen(client, story)) == {answer.pk}


def test_what_was_given_is_shown_instead_of_a_choice(client, moderator, story):
    comment = a_comment(story.discussion)
    spend_point(comment=comment, moderator=moderator, reason=INSIGHTFUL, now=NOW)
    page = seen(client, story)
    assert "You gave Insightful" in page.words
    assert not choices(page)


def test_who_posted_in_the_discussion_is_told_why_not(client, moderator, story):
    a_comment(story.discussion, author=moderator)
    page = seen(client, story)
    assert "You have posted in this discussion, so you cannot moderate in it." in page.words
    assert not choices(page)


def test_a_comment_that_sinks_beneath_the_threshold_is_shown_on_its_own_page(client, moderator, story):
    comment = a_comment(story.discussion)
    client.get(f"{story.get_absolute_url()}?threshold=0")
    assert send(client, story, {comment.pk: TROLL})["Location"] == comment.get_absolute_url()


def test_every_choice_of_the_page_is_spent_and_the_page_says_what_is_left(client, moderator, story):
    first, second = a_comment(story.discussion), a_comment(story.discussion)
    answer = send(client, story, {first.pk: INSIGHTFUL, second.pk: ""})
    assert answer["Location"] == f"{story.get_absolute_url()}#comment-{first.pk}"
    assert Comment.objects.get(pk=first.pk).score == 1
    assert "Moderated: 1. Points left: 1." in seen(client, story).words


def test_more_choices_than_points_spend_the_points_and_name_the_rest(client, moderator, story):
    comments = [a_comment(story.discussion) for _ in range(3)]
    send(client, story, dict.fromkeys((comment.pk for comment in comments), INSIGHTFUL))
    assert f"Comment {comments[2].pk}: You have no mod points left." in seen(client, story).words
    assert Moderation.objects.count() == 2


def test_a_refusal_is_told_in_words_and_costs_nothing(client, moderator, story):
    comment = a_comment(story.discussion, author=moderator)
    page = read(send(client, story, {comment.pk: INSIGHTFUL}), 409)
    assert "This is your own comment; others decide about it." in page.words
    assert PointGrant.objects.get().points_left == 2


@pytest.mark.parametrize("reason", ["99", "x", "-1", "5 "])
def test_a_reason_that_does_not_exist_moderates_nothing(client, moderator, story, reason):
    comment = a_comment(story.discussion)
    assert "One of the reasons does not exist." in read(send(client, story, {comment.pk: reason}), 422).words
    assert not Moderation.objects.exists()


def test_a_comment_of_another_discussion_cannot_be_moderated_from_here(client, moderator, story):
    stranger = a_comment()
    assert "is not in this discussion" in read(send(client, story, {stranger.pk: INSIGHTFUL}), 409).words


def test_a_visitor_is_sent_to_sign_in(client, story):
    answer = send(client, story, {})
    assert answer["Location"].startswith(reverse("account_login"))


def test_a_comments_own_page_offers_the_same(client, moderator, story):
    comment = a_comment(story.discussion)
    assert choices(read(client.get(comment.get_absolute_url()))) == {comment.pk}
