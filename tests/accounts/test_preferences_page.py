"""Preferences: they are kept, they decide how one reads, and nonsense is refused with the form kept."""

import pytest
from django.urls import reverse

from forum.reading import COOKIE
from tests.factories import a_member, a_story
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
CHOSEN = {"threshold": "2", "mode": "flat", "order": "newest", "markup": "markdown", "bio": "I like dust."}


@pytest.fixture
def ada(client):
    member = a_member("Ada", karma=12)
    client.force_login(member)
    return member


def test_a_visitor_is_sent_to_sign_in(client):
    assert client.get(reverse("preferences"))["Location"].startswith(reverse("account_login"))


def test_what_is_chosen_is_kept(client, ada):
    assert client.post(reverse("preferences"), CHOSEN)["Location"] == reverse("preferences")
    ada.refresh_from_db()
    kept = (ada.threshold, ada.mode, ada.order, ada.markup, ada.bio)
    assert kept == (2, "flat", "newest", "markdown", "I like dust.")
    assert {ada.is_willing_to_moderate, ada.mail_replies} == {False}
    assert "Your preferences are saved." in read(client.get(reverse("preferences"))).words


def test_the_next_discussion_is_read_that_way(client, ada):
    story = a_story(comments=2)
    client.get(f"{story.get_absolute_url()}?threshold=-1")
    client.post(reverse("preferences"), CHOSEN)
    assert not client.cookies[COOKIE].value
    page = read(client.get(story.get_absolute_url()))
    assert "Comment 0" not in page.words
    assert page.links["Nested"].startswith("?threshold=2&mode=nested&order=newest")


@pytest.mark.parametrize("wrong", [{"threshold": "9"}, {"mode": "x"}, {"bio": "x" * 2000}, {"threshold": ""}])
def test_nonsense_is_refused_and_the_form_kept(client, ada, wrong):
    page = read(client.post(reverse("preferences"), CHOSEN | wrong), 422)
    assert "what is wrong is said in red below" in page.words
    ada.refresh_from_db()
    assert ada.mode == "nested"


def test_nobody_raises_the_own_karma_here(client, ada):
    client.post(reverse("preferences"), CHOSEN | {"karma": "50", "is_staff": "on"})
    ada.refresh_from_db()
    assert (ada.karma, ada.is_staff) == (12, False)


def test_karma_is_a_word_that_leads_to_its_history(client, ada):
    page = read(client.get(reverse("preferences")))
    assert "Your karma: Positive" in page.words
    assert page.links["Its history, and what it does"] == reverse("karma")
    assert page.links["Why, and what becomes of them"] == reverse("points")
