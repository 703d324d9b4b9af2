"""Why I have points, why I have none: every condition with the member's own numbers, and both ledgers."""

from datetime import timedelta

import pytest
from django.urls import reverse

from forum.accounts.actions import ban_member
from forum.accounts.models import User
from forum.presets import SLASHDOT, THRESHOLD
from moderation import actions
from moderation.models import Moderator, TokenEntry
from moderation.queries import load_standing
from tests.factories import NOW, a_comment, a_member, a_policy, an_editor, some_points, some_reads
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def ada(client):
    member = a_member("Ada", karma=7)
    client.force_login(member)
    return member


def page_of(client):
    return read(client.get(reverse("points")))


def unmet(member) -> list[str]:
    return [one.words for one in load_standing(member=member, now=NOW).unmet]


def test_a_visitor_is_sent_to_sign_in(client):
    assert client.get(reverse("points"))["Location"].startswith(reverse("account_login"))
    assert client.get(reverse("points_json")).status_code == 401


def test_who_reads_nothing_is_told_so(client, ada):
    words = page_of(client).words
    assert "You have no mod points" in words
    assert "1 of the conditions below is not met" in words
    assert "No You opened at least 3 pages of discussions within 60 hours. You opened 0." in words


def test_who_meets_everything_is_told_what_is_missing(client, ada):
    some_reads(ada, 5)
    words = page_of(client).words
    assert "Nothing is in the way" in words
    assert "of 20 tokens: you have 0" in words
    assert "Yes Your karma is 0 or more. It is 7." in words
    assert "Yes Your account is at least 1 day old. It is 90 days old." in words
    assert "You opened 5." in words


def test_points_in_hand_say_until_when(client, ada):
    some_points(ada, 3)
    words = page_of(client).words
    assert "You have 3 mod points" in words
    assert "3 of 3, to be spent before May 7, 2026 @12:00PM For a test" in words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"is_willing_to_moderate": False}, "You are willing to moderate"),
        ({"karma": -1}, "Your karma is 0 or more"),
        ({"joined_at": NOW - timedelta(hours=13)}, "Your account is at least 1 day old"),
    ],
)
def test_each_condition_that_is_not_met_is_named(ada, fields, words):
    some_reads(ada)
    User.objects.filter(pk=ada.pk).update(**fields)
    assert unmet(ada) == [words]


def test_a_ban_and_a_bar_are_named_with_their_reasons(client, ada):
    some_reads(ada)
    ban_member(member=ada, actor=an_editor(), reason="Rude.", now=NOW)
    Moderator.objects.create(member=ada, barred_until=NOW + timedelta(days=30), barred_because="Mod bombs.")
    assert unmet(ada) == ["You are not banned", "Staff have not barred you from moderating"]
    assert "Until 2026-06-03: Mod bombs." in page_of(client).words


def test_newcomers_and_the_ends_of_the_ranking_are_told_their_places(ada):
    a_policy(
        THRESHOLD, newest_excluded_from=5, newest_excluded=0.5, readers_cut_from=5, readers_from=0.2, readers_to=0.6
    )
    members = [a_member() for _ in range(9)]
    some_reads(ada, 4)
    for place, member in enumerate(members):
        some_reads(member, 5 + place)
    assert unmet(ada) == ["You are in the middle of those who read, neither at the bottom nor at the top"]
    assert unmet(members[-1])[0] == "You are not among the newest 50% of the members"
    assert unmet(members[1]) == []


def test_whoever_the_page_calls_eligible_is_eligible_in_the_run():
    from moderation.models.eligibility import find_candidates

    numbers = a_policy(THRESHOLD, newest_excluded_from=5).policy
    members = [a_member(karma=karma) for karma in (0, 1, -1, 5, 0, 0)]
    for place, member in enumerate(members):
        some_reads(member, place + 1)
    drawn = {one.member for one in find_candidates(numbers, NOW) if one.is_eligible}
    assert {member.pk for member in members if not unmet(member)} == drawn
    assert drawn


def test_both_ledgers_tell_what_came_and_went(client, ada):
    a_policy(SLASHDOT)
    grant = some_points(ada, 3)
    comment = a_comment(subject="Dust")
    actions.spend_point(comment=comment, moderator=ada, reason=10, now=NOW)
    actions.change_tokens([actions.Wish(ada.pk, 6, TokenEntry.Kind.STAFF)], version=a_policy(SLASHDOT), now=NOW)
    actions.expire_mod_points(now=grant.expires_at)
    page = page_of(client)
    assert "Not spent in time May 7, 2026 @12:00PM −2" in page.words
    assert "Spent: Underrated on “Dust” May 4, 2026 @12:00PM −1" in page.words
    assert page.links["Spent: Underrated on “Dust”"] == comment.get_absolute_url()
    assert "For a test May 4, 2026 @12:00PM +3" in page.words
    assert "A reason that nobody metamoderates May 4, 2026 @12:00PM −1 −1" in page.words
    assert "Points expired unused May 7, 2026 @12:00PM −4 1" in page.words


def test_a_daily_grant_needs_no_tokens(client, ada):
    a_policy()
    words = page_of(client).words
    assert "Nothing is in the way. Today’s points come within the hour." in words
    assert "token" not in words.lower()


def test_the_json_says_the_same(client, ada):
    some_reads(ada, 4)
    some_points(ada, 2)
    told = client.get(reverse("points_json")).json()
    assert (told["points"], told["tokens"], told["tokens_needed"]) == (2, 0, 20)
    assert told["may_be_given_points"] is True
    assert {"words", "holds", "detail"} == set(told["conditions"][0])
    assert told["point_entries"][0]["amount"] == 2


def test_the_head_of_each_page_leads_to_the_desk_and_that_leads_here(client, ada):
    some_points(ada, 2)
    assert read(client.get(reverse("front"))).links["2 mod points"] == reverse("desk")
    assert f'href="{reverse("points")}"' in client.get(reverse("desk")).content.decode()


def test_nobody_sees_anothers(client, ada):
    some_points(a_member(), 5)
    assert "You have no mod points" in page_of(client).words
