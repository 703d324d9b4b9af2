"""One's own karma, line by line: what each did, what was taken back, the bounds met, and what the karma does now."""

import pytest
from django.urls import reverse

from forum.accounts.actions import change_karma, restore_karma, withdraw_karma
from forum.accounts.models import KarmaChange, User
from moderation.queries import load_karma
from moderation.queries.karma import replay_lines
from tests.factories import NOW, a_member, a_policy
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def ada(client):
    member = a_member("Ada")
    client.force_login(member)
    return member


def changed(member, *deltas):
    return [change_karma(member=member, delta=delta, cause=f"Change {delta}", now=NOW) for delta in deltas]


def page_of(client):
    return read(client.get(reverse("karma")))


def words_of_effects(member) -> str:
    return " ".join(effect.words for effect in load_karma(member=member, page_number="").effects)


def test_a_visitor_is_sent_to_sign_in(client):
    assert client.get(reverse("karma"))["Location"].startswith(reverse("account_login"))
    assert client.get(reverse("karma_json")).status_code == 401


def test_without_a_line_it_says_how_it_begins(client, ada):
    words = page_of(client).words
    assert "Your karma: Neutral" in words
    assert "Nothing has changed it so far." in words


def test_each_line_has_its_effect_and_the_karma_after_it(client, ada):
    changed(ada, 12, 3, -1)
    words = page_of(client).words
    assert "Your karma: Good 14, in a range" in words
    assert "Change -1 May 4, 2026 @12:00PM −1 14 Good" in words
    assert "Change 12 May 4, 2026 @12:00PM +12 12 Positive" in words


def test_a_bound_that_was_met_is_told(client, ada):
    changed(ada, 60, -1)
    words = page_of(client).words
    assert "Change 60 Held at 50, the highest karma there is" in words
    assert "−1 49 Excellent" in words


def test_what_was_taken_back_stands_with_its_cause(client, ada):
    first, second = changed(ada, 5, 2)
    withdraw_karma(changes=[first], cause="The moderator posted.", now=NOW)
    words = page_of(client).words
    assert "Change 5 Taken back: The moderator posted. May 4, 2026" in words
    assert "+2 2 Positive" in words
    restore_karma(changes=[first], cause="By mistake.", now=NOW)
    words = page_of(client).words
    assert "Taken back: The moderator posted. May 4, 2026 @12:00PM Put back: By mistake." in words
    assert "+2 7 Positive" in words
    assert second.pk


def test_the_last_line_of_the_replay_is_the_stored_karma(ada):
    changes = changed(ada, 40, 20, -3, 8, -80, 2)
    withdraw_karma(changes=[changes[1], changes[4]], now=NOW)
    lines = replay_lines(list(KarmaChange.objects.filter(member=ada).order_by("id")))
    stored = User.objects.values_list("karma", flat=True).get(pk=ada.pk)
    assert [line.after for line in lines if line.counts][-1] == stored
    assert [line.counts for line in lines] == [True, False, True, True, False, True]


@pytest.mark.parametrize(
    ("karma", "told"),
    [
        (0, "Your comments begin at 1. Your comments carry no karma bonus; that begins at a karma of 26."),
        (26, "Your comments carry the karma bonus"),
        (-1, "Your comments begin at 0. They begin at 1 from a karma of 0."),
        (-11, "Your comments begin at −1."),
        (-1, "You cannot post anonymously with a karma below 0."),
        (0, "You may post anonymously."),
        (-1, "You may post 2 comments a day; what moderators raise makes room for more."),
        (25, "You may post 25 comments a day"),
        (26, "You may post 50 comments a day"),
        (-1, "You are given no mod points; that takes a karma of 0 or more."),
    ],
)
def test_what_it_does_now(ada, karma, told):
    if karma:
        changed(ada, karma)
    assert told in words_of_effects(ada)


def test_a_floor_for_moderating_downwards_is_told_where_there_is_one(ada):
    assert "downwards" not in words_of_effects(ada)
    a_policy()
    assert "You cannot moderate downwards, which takes a karma of 10 or more." in words_of_effects(ada)


def test_many_lines_are_paged(client, ada):
    changed(ada, *[1] * 51)
    assert "Page 1 of 2" in page_of(client).words
    assert "+1 1 Positive" in read(client.get(reverse("karma"), {"page": 2})).words


def test_the_json_says_the_same(client, ada):
    changed(ada, 60, -1)
    told = client.get(reverse("karma_json")).json()
    assert (told["karma"], told["word"], told["range"]) == (49, "Excellent", [-25, 50])
    assert [(line["delta"], line["karma_after"], line["met_a_bound"]) for line in told["lines"]] == [
        (-1, 49, False),
        (60, 50, True),
    ]
