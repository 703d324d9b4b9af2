"""Addresses and the mail to them: whose they are, and a mail server that is down."""

from smtplib import SMTPServerDisconnected

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from forum.accounts.models import User
from tests.factories import a_member
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
SECRET = "correct horse battery"
FAILED = "mail does not work here at the moment"


@pytest.fixture
def asks_for_confirmation(settings):
    """A site with EMAIL_URL."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.fixture(params=[ConnectionRefusedError, SMTPServerDisconnected, TimeoutError])
def mail_is_down(request, monkeypatch, asks_for_confirmation):
    def refuse(*_):
        raise request.param("no mail today")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


def sign_up(client, name, address):
    form = {"username": name, "email": address, "password1": SECRET, "password2": SECRET}
    return client.post(reverse("account_signup"), form, follow=True)


def sign_in(client, name):
    return client.post(reverse("account_login"), {"login": name, "password": SECRET}, follow=True)


def ask_for_password(client, address):
    return client.post(reverse("account_reset_password"), {"email": address}, follow=True)


def add_address(client, address):
    return client.post(reverse("account_email"), {"action_add": "", "email": address}, follow=True)


# -- A mail server that is down ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("mail_is_down")
def test_a_sign_up_without_mail_is_whole_and_says_so(client):
    assert FAILED in read(sign_up(client, "Ada", "ada@example.net")).words
    assert EmailAddress.objects.get(user__username="Ada").email == "ada@example.net"


@pytest.mark.usefixtures("mail_is_down")
def test_a_sign_up_without_mail_does_not_tell_whether_the_address_is_known(client):
    a_member("Known", email="known@example.net")
    answers = [
        sign_up(client, name, address) for name, address in (("A1", "known@example.net"), ("B2", "b@example.net"))
    ]
    known, unknown = ((answer.redirect_chain, FAILED in read(answer).words) for answer in answers)
    assert known == unknown == ([(reverse("account_email_verification_sent"), 302)], True)


@pytest.mark.usefixtures("mail_is_down")
@pytest.mark.parametrize("address", ["known@example.net", "unknown@example.net"])
def test_a_forgotten_password_without_mail_says_so_to_everybody(client, address):
    a_member("Known", email="known@example.net")
    answer = ask_for_password(client, address)
    assert answer.redirect_chain == [(reverse("account_reset_password_done"), 302)]
    assert FAILED in read(answer).words


@pytest.mark.usefixtures("mail_is_down")
def test_a_first_sign_in_without_mail_says_so(client):
    a_member("Ada")
    assert FAILED in read(sign_in(client, "Ada")).words


@pytest.mark.usefixtures("mail_is_down")
def test_mail_that_failed_is_in_the_log_without_the_address(client, caplog):
    ask_for_password(client, "unknown@example.net")
    assert "could not be sent" in caplog.text
    assert "unknown@example.net" not in caplog.text


# -- Whose an address is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["yan@example.org", "YAN@example.org"])
@pytest.mark.parametrize("stored", ["yan@example.org", "Yan@Example.org"])
def test_another_members_address_is_refused_in_words(client, address, stored):
    yan, zoe = a_member("Yan"), a_member("Zoe")
    User.objects.filter(pk=yan.pk).update(email=stored)
    sign_in(client, "Zoe")
    assert "Another member has this address." in read(add_address(client, address)).words
    client.post(reverse("account_email"), {"action_primary": "", "email": address})
    assert User.objects.get(pk=zoe.pk).email == "zoe@example.org"
    assert not EmailAddress.objects.filter(email__iexact=address).exists()


def test_a_free_address_can_be_added(client):
    zoe = a_member("Zoe")
    sign_in(client, "Zoe")
    client.post(reverse("account_reauthenticate"), {"password": SECRET})
    add_address(client, "new@example.org")
    assert EmailAddress.objects.filter(user=zoe, email="new@example.org").exists()


@pytest.mark.usefixtures("asks_for_confirmation")
def test_a_sign_up_with_a_known_address_is_answered_by_mail_alone(client):
    a_member("Yan")
    assert "Another member" not in read(sign_up(client, "Zoe", "yan@example.org")).words
    assert mail.outbox[0].to == ["yan@example.org"]
    assert not User.objects.filter(username="Zoe").exists()
