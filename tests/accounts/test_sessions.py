"""Where a member is signed in: the list, what ends a session, and what is not kept of it."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from forum.accounts.actions import forget_expired_sessions
from tests.factories import a_member
from tests.pages import read

pytestmark = pytest.mark.django_db
SECRET, ANOTHER = "correct horse battery", "an entirely different secret"
ADDRESS = "203.0.113.77"


def signed_in(member, browser="Firefox") -> Client:
    client = Client(REMOTE_ADDR=ADDRESS, headers={"user-agent": browser})
    client.post(reverse("account_login"), {"login": member.username, "password": SECRET})
    client.post(reverse("account_reauthenticate"), {"password": SECRET})
    assert is_signed_in(client)
    return client


def is_signed_in(client) -> bool:
    return client.get("/inbox/").status_code == 200


def test_one_session_is_ended_and_the_others_go_on():
    robin = a_member("Robin")
    here, there, third = (signed_in(robin, name) for name in ("Here", "There", "Third"))
    page = read(here.get(reverse("usersessions_list")))
    assert "Here this one" in page.words
    gone = UserSession.objects.get(user_agent="There")
    here.post(reverse("end_session", args=[gone.pk]))
    assert [is_signed_in(one) for one in (here, there, third)] == [True, False, True]
    here.post(reverse("usersessions_list"))
    assert [is_signed_in(one) for one in (here, third)] == [True, False]


def test_nobody_ends_the_session_of_another():
    robin, eve = signed_in(a_member("Robin")), signed_in(a_member("Eve"))
    session = UserSession.objects.get(user__username="Robin")
    eve.post(reverse("end_session", args=[session.pk]))
    assert is_signed_in(robin)


def test_a_new_password_ends_every_other_session_and_is_told_by_mail(settings):
    robin = a_member("Robin")
    here, there = signed_in(robin), signed_in(robin)
    form = {"oldpassword": SECRET, "password1": ANOTHER, "password2": ANOTHER}
    here.post(reverse("account_change_password"), form)
    assert [is_signed_in(one) for one in (here, there)] == [True, False]
    assert "If it was not you" in mail.outbox[-1].body


def test_a_password_that_was_forgotten_ends_all_of_them(client):
    robin = a_member("Robin")
    here = signed_in(robin)
    client.post(reverse("account_reset_password"), {"email": robin.email})
    link = next(word for word in mail.outbox[0].body.split() if "/reset/key/" in word).partition("testserver")[2]
    place = client.get(link)["Location"]
    done = client.post(place, {"password1": ANOTHER, "password2": ANOTHER}, follow=True)
    assert "You are signed out everywhere" in read(done).words
    assert not is_signed_in(here)
    assert "counts no more" in read(client.get(link, follow=True)).words


def test_a_sign_in_gives_the_session_another_name(client):
    client.get(reverse("account_login"))
    client.session["planted"] = "by somebody else"
    before = client.session.session_key
    client.post(reverse("account_login"), {"login": a_member("Robin").username, "password": SECRET})
    assert client.session.session_key != before


def test_no_address_is_kept_and_none_is_told_by_mail():
    robin = signed_in(a_member("Robin"))
    robin.post(reverse("account_change_password"), {"oldpassword": SECRET, "password1": ANOTHER, "password2": ANOTHER})
    assert ADDRESS not in str(list(UserSession.objects.values()))
    assert ADDRESS not in str([one.get_decoded() for one in Session.objects.all()])
    assert ADDRESS not in mail.outbox[-1].body


def test_what_was_told_of_sessions_goes_with_them():
    signed_in(a_member("Robin"))
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    assert forget_expired_sessions(now=timezone.now()) == 1
    assert not UserSession.objects.exists()


def test_managers_of_passwords_find_where_to_change_one(client):
    assert client.get("/.well-known/change-password")["Location"] == reverse("account_change_password")


def test_each_sign_in_is_in_the_log_and_what_failed_without_what_was_typed(caplog):
    caplog.set_level("INFO", logger="forum.accounts")
    robin = a_member("Robin")
    client = Client(REMOTE_ADDR=ADDRESS)
    for name in ("Robin", "nobody-there"):
        client.post(reverse("account_login"), {"login": name, "password": ANOTHER})
    client.post(reverse("account_login"), {"login": "Robin", "password": SECRET})
    client.post(reverse("account_logout"))
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("forum.accounts")]
    assert lines == [
        "A sign-in failed: wrong name, address or password",
        "A sign-in failed: wrong name, address or password",
        f"Signed in: member {robin.pk} (password)",
        f"Signed out: member {robin.pk}",
    ]
    assert not any(word in caplog.text for word in ("nobody-there", ANOTHER, SECRET, ADDRESS))


def test_who_signs_out_leaves_no_page_in_the_browser():
    client = signed_in(a_member("Robin"))
    assert not client.get("/inbox/").has_header("Clear-Site-Data")
    assert client.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache"'
