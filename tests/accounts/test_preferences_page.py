"""Preferences: they are kept, they decide how one reads, and nonsense is refused with the form kept."""

import pytest
from django.urls import reverse

from forum import policy
from forum.accounts.models import User
from forum.accounts.rules import AS_EVERYBODY, own_modifiers
from forum.reading import COOKIE
from tests.factories import a_member, a_story
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
CHOSEN = {
    "threshold": "2",
    "full_from": "3",
    "mode": "flat",
    "order": "newest",
    "date_format": "slash",
    "markup": "markdown",
    "bio": "I like dust.",
}


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
    kept = (ada.threshold, ada.full_from, ada.mode, ada.order, ada.markup, ada.bio)
    assert kept == (2, 3, "flat", "newest", "markdown", "I like dust.")
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


# -- What I add to scores --------------------------------------------------------------------------------------------

PLAIN = {name: str(value) for name, value in AS_EVERYBODY.items()}


def add(client, **changed):
    return client.post(reverse("modifiers"), PLAIN | changed)


def kept(member):
    return User.objects.get(pk=member.pk).modifiers


def test_the_form_shows_what_everybody_has_and_keeps_only_what_differs(client, ada):
    page = read(client.get(reverse("preferences")))
    assert AS_EVERYBODY.keys() <= page.fields.keys()
    assert add(client, friend="3", reason_8="-6", new_percent="10")["Location"] == "/preferences/#modifiers"
    assert kept(ada) == {"friend": 3, "reason_8": -6, "new_percent": 10}
    assert "Your own scores are saved." in read(client.get(reverse("preferences"))).words
    add(client)
    assert kept(ada) == {}


def test_what_is_chosen_here_is_chosen_when_one_comes_back(client, ada):
    add(client, foe="-4", short_below="77")
    html = read(client.get(reverse("preferences"))).html
    assert '<option value="-4" selected>−4</option>' in html
    assert 'value="77"' in html
    assert "Each by itself, as you chose" in html


@pytest.mark.parametrize("key", policy.READING_PRESETS)
def test_each_ready_made_choice_is_kept_and_shown_as_the_one_chosen(client, ada, key):
    preset = policy.READING_PRESETS[key]
    client.post(reverse("modifiers"), {"preset": key})
    assert kept(ada) == preset.modifiers == own_modifiers(preset.modifiers)
    page = read(client.get(reverse("preferences")))
    assert f"You read: {preset.name}." in page.words
    assert f'value="{key}" aria-pressed="true"' in page.html
    assert page.html.count('aria-pressed="true"') == 1


REFUSED = [
    {"friend": "7"},
    {"foe": "-7"},
    {"bonus": "1.5"},
    {"reason_8": "many"},
    {"fan": ""},
    {"new_percent": "0"},
    {"new_percent": "101"},
    {"short_below": "0"},
    {"long_above": "15001"},
    {"long_above": "\u0663\u06f4x"},
    {"short": "1", "long": "1", "short_below": "500", "long_above": "100"},
]


@pytest.mark.parametrize("wrong", REFUSED)
def test_modifiers_that_make_no_sense_are_refused_in_words_and_nothing_moves(client, ada, wrong):
    page = read(add(client, anonymous="-2", **wrong), 422)
    assert "what is wrong is said in red below" in page.words
    assert '<option value="-2" selected>−2</option>' in page.html  # what was right is still there
    assert kept(ada) == {}


@pytest.mark.parametrize("nothing", [{}, {"preset": "unheard-of"}])
def test_an_empty_form_or_an_unknown_choice_is_refused(client, ada, nothing):
    assert client.post(reverse("modifiers"), nothing).status_code == 422
    assert kept(ada) == {}


def test_saving_the_other_preferences_leaves_the_modifiers_alone(client, ada):
    add(client, friend="3")
    client.post(reverse("preferences"), CHOSEN)
    assert kept(ada) == {"friend": 3}


def test_a_modifier_that_is_known_no_more_is_passed_over(client, ada):
    User.objects.filter(pk=ada.pk).update(modifiers={"reason_99": 3, "friend": 1})
    assert read(client.get(a_story(comments=1).get_absolute_url())).words
    assert read(client.get(reverse("preferences"))).words


def test_the_modifiers_of_visitors_are_nobodys(client):
    assert add(client)["Location"].startswith(reverse("account_login"))


def test_looking_at_the_address_of_the_form_leads_to_the_page(client, ada):
    assert client.get(reverse("modifiers"))["Location"] == "/preferences/#modifiers"
