"""Whoever asks about an account learns nothing: words, place and work are the same for one that is not there."""

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.urls import reverse

from tests.factories import a_member
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
SECRET = "correct horse battery"


class Counted(PBKDF2PasswordHasher):
    """A hasher that is quick and counts how often it was asked."""

    algorithm = "counted"
    iterations = 1
    times = 0

    def encode(self, *args, **kwargs):
        type(self).times += 1
        return super().encode(*args, **kwargs)


@pytest.fixture
def hashes(settings, monkeypatch):
    """What a request costs in hashes, which is nearly all that signing in costs."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Counted"]

    def during(act):
        monkeypatch.setattr(Counted, "times", 0)
        answer = act()
        return Counted.times, answer

    return during


@pytest.fixture
def robin(hashes):
    return a_member("Robin", email="robin@example.org")


def without(words: str, *names: str) -> str:
    for name in names:
        words = words.replace(name, "…")
    return words


@pytest.mark.parametrize(
    ("known", "unknown"), [("Robin", "Nobody"), ("robin@example.org", "nobody@example.org"), ("robin", "nobody")]
)
def test_a_sign_in_costs_the_same_work_and_says_the_same(client, hashes, robin, known, unknown):
    def sign_in(name):
        return client.post(reverse("account_login"), {"login": name, "password": "wrong"})

    (work, page), (other_work, other_page) = (hashes(lambda name=name: sign_in(name)) for name in (known, unknown))
    assert work == other_work > 0
    assert without(read(page).words, known) == without(read(other_page).words, unknown)


def test_a_forgotten_password_costs_the_same_work_and_says_the_same(client, hashes, robin):
    def ask(address):
        return client.post(reverse("account_reset_password"), {"email": address}, follow=True)

    addresses = ("robin@example.org", "nobody@example.org")
    (work, page), (other_work, other_page) = (hashes(lambda one=one: ask(one)) for one in addresses)
    assert work == other_work
    assert read(page).words == read(other_page).words
    assert sorted(letter.to for letter in mail.outbox) == [["nobody@example.org"], ["robin@example.org"]]


def test_a_sign_up_costs_the_same_work_and_says_the_same(client, hashes, robin, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"

    def sign_up(name, address):
        form = {"username": name, "email": address, "password1": SECRET, "password2": SECRET}
        return client.post(reverse("account_signup"), form, follow=True)

    (work, page), (other_work, other_page) = (
        hashes(lambda name=name, one=one: sign_up(name, one))
        for name, one in (("Ada", "robin@example.org"), ("Eve", "eve@example.org"))
    )
    assert work == other_work > 0
    assert page.redirect_chain == other_page.redirect_chain
    assert without(read(page).words, "robin@") == without(read(other_page).words, "eve@")
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("login", ["Robin", "robin", "robin@example.org", "ROBIN@example.org"])
def test_the_right_password_costs_one_hash_as_well(client, hashes, robin, login):
    work, answer = hashes(lambda: client.post(reverse("account_login"), {"login": login, "password": SECRET}))
    assert (work, answer.status_code) == (1, 302)


def test_an_account_that_is_closed_is_told_to_its_owner_alone(client, robin):
    robin.is_active = False
    robin.save(update_fields=["is_active"])
    for password, place in (("wrong", None), (SECRET, reverse("account_inactive"))):
        answer = client.post(reverse("account_login"), {"login": "Robin", "password": password})
        assert answer.headers.get("Location") == place
    assert client.get("/inbox/").status_code == 302
