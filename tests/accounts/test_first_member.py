"""createsuperuser: who has the machine gets in at once, under a name the site can show, or reads why not."""

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.urls import reverse

from forum.accounts.models import User
from tests.factories import a_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
SECRET = "correct horse battery"


def create_superuser(name, address, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", SECRET)
    call_command("createsuperuser", interactive=False, username=name, email=address, verbosity=0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a/b", "letters and digits"),
        ("Anonymous Coward", "kept for the site itself"),
        ("adm1n", "kept for the site itself"),
        ("a", "between 2 and"),
        ("B0b", "That name, or one that looks like it, is taken."),
    ],
)
def test_a_name_the_site_cannot_take_is_refused_in_words(monkeypatch, name, words):
    a_member("Bob")
    with pytest.raises(CommandError, match=words):
        create_superuser(name, "chief@example.org", monkeypatch)
    assert User.objects.count() == 1


def test_another_members_address_is_refused_in_words(monkeypatch):
    a_member("Bob")
    with pytest.raises(CommandError, match="Another member has this address"):
        create_superuser("Chief", "BOB@example.org", monkeypatch)


@pytest.mark.parametrize("login", ["Chief", "chief@example.org", "CHIEF@Example.org"])
def test_where_mail_is_set_up_the_first_member_gets_in_without_confirming(client, settings, monkeypatch, login):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    create_superuser("Chief", "Chief@Example.org", monkeypatch)
    client.post(reverse("account_login"), {"login": login, "password": SECRET})
    assert client.get(reverse("admin:index")).status_code == 200


def test_where_mail_is_set_up_the_first_member_needs_an_address(settings, monkeypatch):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    with pytest.raises(CommandError, match="An address is needed"):
        create_superuser("Chief", "", monkeypatch)
    assert not User.objects.exists()


def test_without_mail_an_address_may_be_missing(client, monkeypatch):
    create_superuser("Chief", "", monkeypatch)
    client.post(reverse("account_login"), {"login": "Chief", "password": SECRET})
    assert client.get(reverse("admin:index")).status_code == 200
    assert not EmailAddress.objects.exists()
