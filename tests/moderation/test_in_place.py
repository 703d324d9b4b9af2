"""Moderating comment by comment: what a script is told, and how a slip of the hand is taken back."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from comments.models import Comment
from forum.presets import SLASHDOT, THRESHOLD
from moderation.actions import spend_point
from moderation.models import MetaSitting, MetaVote, Moderation
from moderation.queries import points_of
from tests.factories import NOW, a_comment, a_member, a_policy, a_story
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
INSIGHTFUL, FUNNY, OVERRATED = 5, 8, 9
JSON = {"Accept": "application/json"}


@pytest.fixture
def story():
    return a_story()


@pytest.fixture
def comment(story):
    return a_comment(story.discussion, author=a_member(karma=50))


@pytest.fixture
def moderator(client):
    member = a_member(points=2)
    client.force_login(member)
    return member


def give(client, comment, reason=INSIGHTFUL, **how):
    address = reverse("moderate", args=[comment.discussion_id])
    return client.post(address, {f"reason-{comment.pk}": reason}, **how)


def take_back(client, moderation, **how):
    return client.post(reverse("undo_moderation", args=[moderation.pk]), **how)


def test_a_script_is_told_what_to_show(client, moderator, comment):
    told = give(client, comment, headers=JSON).json()
    html = told["changed"][0].pop("html")
    assert told == {
        "points": 1,
        "points_words": "1 mod point",
        "changed": [
            {
                "comment": comment.pk,
                "shown": 3,
                "score": "3, Insightful",
                "says": "You gave Insightful. The score is now 3, Insightful.",
            }
        ],
        "refusals": [],
    }
    assert "You gave Insightful" in html
    assert reverse("undo_moderation", args=[Moderation.objects.get().pk]) in html


def test_the_score_told_is_the_one_this_reader_sees(client, comment):
    client.force_login(a_member(points=1, modifiers={"bonus": 0}))
    assert give(client, comment, headers=JSON).json()["changed"][0]["shown"] == 2


def test_a_refusal_is_told_to_a_script_in_words(client, moderator, story):
    own = a_comment(story.discussion, author=moderator)
    answer = give(client, own, headers=JSON)
    assert answer.status_code == 409
    assert answer.json() == {
        "points": 2,
        "points_words": "2 mod points",
        "changed": [],
        "refusals": [{"comment": own.pk, "words": "This is your own comment; others decide about it."}],
    }


def test_nonsense_of_a_script_is_refused_in_words(client, moderator, comment):
    answer = give(client, comment, "x", headers=JSON)
    assert answer.status_code == 422
    assert "does not exist" in answer.json()["refusals"][0]["words"]


def test_a_script_of_somebody_signed_out_is_told_so(client, comment):
    answer = give(client, comment, headers=JSON)
    assert answer.status_code == 401
    assert "You are signed out." in answer.json()["refusals"][0]["words"]
    assert not Moderation.objects.exists()


@pytest.mark.parametrize("headers", [JSON, {}])
def test_the_same_choice_sent_twice_is_spent_once_and_no_complaint(client, moderator, comment, headers):
    give(client, comment, headers=headers)
    assert give(client, comment, headers=headers).status_code in (200, 302)
    assert Moderation.objects.count() == 1
    assert points_of(moderator, NOW) == 1


def test_another_choice_for_the_same_comment_is_refused(client, moderator, comment):
    give(client, comment)
    assert give(client, comment, FUNNY).status_code == 409
    assert Moderation.objects.get().reason == INSIGHTFUL


# -- Taking it back --------------------------------------------------------------------------------------------------


def test_a_moderation_is_taken_back_by_a_plain_button_and_the_point_returns(client, moderator, comment):
    give(client, comment)
    moderation = Moderation.objects.get()
    page = read(client.get(comment.discussion.link))
    assert "You gave Insightful. Undo Insightful" in page.words
    answer = take_back(client, moderation)
    assert answer["Location"] == f"{comment.discussion.link}#comment-{comment.pk}"
    page = read(client.get(comment.discussion.link))
    assert "Taken back: Insightful. Points left: 2." in page.words
    assert f"reason-{comment.pk}" in page.fields
    assert Comment.objects.get(pk=comment.pk).score == 1


def test_a_script_gets_the_choice_again_with_the_undo(client, moderator, comment):
    give(client, comment)
    told = take_back(client, Moderation.objects.get(), headers=JSON).json()
    assert told["points"] == 2
    assert told["changed"][0]["score"] == "2"
    assert told["changed"][0]["says"] == "Insightful taken back. The score is now 2."
    assert f'name="reason-{comment.pk}"' in told["changed"][0]["html"]


def test_with_the_last_point_spent_it_can_still_be_taken_back(client, comment):
    client.force_login(a_member(points=1))
    give(client, comment)
    page = read(client.get(comment.discussion.link))
    assert "You have 0 mod points." in page.words
    assert "Undo" in page.words
    take_back(client, Moderation.objects.get())
    assert f"reason-{comment.pk}" in read(client.get(comment.discussion.link)).fields


def test_too_late_is_said_in_words_and_the_button_is_gone(client, moderator, comment):
    give(client, comment)
    late = NOW + THRESHOLD.undo_within + timedelta(seconds=1)
    with time_machine.travel(late, tick=False):
        assert "Undo" not in read(client.get(comment.discussion.link)).words
        page = read(take_back(client, Moderation.objects.get()), 409)
    assert "Nothing was taken back" in page.words
    assert "It is too late to take this moderation back." in page.words
    assert points_of(moderator, NOW) == 1


def test_taken_back_twice_is_refused_and_returns_one_point(client, moderator, comment):
    give(client, comment)
    moderation = Moderation.objects.get()
    take_back(client, moderation)
    assert "taken back already" in read(take_back(client, moderation), 409).words
    assert points_of(moderator, NOW) == 2


def test_what_metamoderators_look_at_already_is_not_taken_back(client, moderator, comment):
    give(client, comment)
    judge, moderation = a_member(), Moderation.objects.get()
    sitting = MetaSitting.objects.create(member=judge, policy=moderation.policy, drawn_at=NOW)
    MetaVote.objects.create(sitting=sitting, member=judge, moderation=moderation, place=1)
    assert take_back(client, moderation, headers=JSON).status_code == 409


def test_nobody_takes_back_what_another_gave(client, comment):
    given = spend_point(comment=comment, moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW)
    client.force_login(a_member(points=1))
    assert take_back(client, given).status_code == 404
    assert not Moderation.objects.get().withdrawn_at


def test_a_policy_without_time_to_undo_shows_no_button(client, moderator, comment):
    a_policy(SLASHDOT)
    give(client, comment)
    words = read(client.get(comment.discussion.link)).words
    assert "You gave Insightful" in words
    assert "Undo" not in words


def test_signing_in_on_the_way_leads_to_the_comment_and_undoes_nothing(client, moderator, comment):
    give(client, comment)
    answer = client.get(reverse("undo_moderation", args=[Moderation.objects.get().pk]))
    assert answer["Location"] == f"{comment.discussion.link}#comment-{comment.pk}"
    assert not Moderation.objects.get().withdrawn_at
