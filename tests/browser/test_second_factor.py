"""Codes, passkeys and keys, with a browser that has a key of its own, and without scripts as far as there is a way."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from tests.factories import a_member, an_editor

pytestmark = pytest.mark.django_db
SECRET = "correct horse battery"


@pytest.fixture
def key(page):
    """A key that the browser itself pretends to have, and that says yes to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    found = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def says(is_yes: bool):
        session.send(
            "WebAuthn.setUserVerified", {"authenticatorId": found["authenticatorId"], "isUserVerified": is_yes}
        )

    return says


def sign_in(visitor, name):
    visitor.go("/accounts/login/")
    visitor.fill(login=name, password=SECRET)
    visitor.press("Sign in")


def prove_oneself(visitor):
    visitor.sees("Is it you?")
    visitor.fill(password=SECRET)
    visitor.press("Go on")


def code_for(secret, step=0):
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1 + step]))


def test_an_app_is_set_up_and_asked_for_at_the_next_sign_in(visitor, now, either_way):
    a_member("Robin", now=now)
    sign_in(visitor, "Robin")
    visitor.follow("Preferences", within=".me")
    visitor.follow("Second factor")
    visitor.follow("Set up an app")
    prove_oneself(visitor)
    secret = visitor.page.locator("#authenticator_secret").input_value()
    assert visitor.page.locator("img.qr").evaluate("one => one.naturalWidth") if either_way else True
    visitor.fill(code="123")
    visitor.press("Set up")
    assert visitor.page.locator("#authenticator_secret").input_value() == secret
    visitor.fill(code=code_for(secret))
    visitor.press("Set up")
    visitor.sees("10 of 10 are unused")
    recovery = re.findall(r"\d{8}", visitor.words(".codes"))
    visitor.press("Sign out", within=".me")
    sign_in(visitor, "Robin")
    visitor.sees("One more step")
    visitor.fill(code=recovery[0])
    visitor.press("Sign in")
    visitor.sees("~Robin", within=".me")


def test_a_passkey_signs_in_by_itself(visitor, now, key):
    a_member("Robin", now=now)
    sign_in(visitor, "Robin")
    visitor.go("/accounts/2fa/webauthn/add/")
    prove_oneself(visitor)
    visitor.fill(name="My laptop")
    visitor.page.get_by_label("A passkey").check()
    visitor.press("Add")
    visitor.sees("10 of 10 are unused")
    visitor.go("/accounts/2fa/webauthn/")
    visitor.sees("My laptop passkey")
    visitor.press("Sign out", within=".me")
    visitor.go("/accounts/login/?next=/inbox/")
    visitor.press("Sign in with a passkey")
    visitor.sees("~Robin", within=".me")
    assert visitor.place == "/inbox/"


def test_a_key_is_asked_for_after_the_password_and_before_what_can_take_an_account_over(visitor, now, key):
    a_member("Robin", now=now)
    sign_in(visitor, "Robin")
    visitor.go("/accounts/2fa/webauthn/add/")
    prove_oneself(visitor)
    visitor.press("Add")
    visitor.press("Sign out", within=".me")
    sign_in(visitor, "Robin")
    visitor.sees("One more step")
    visitor.press("Use a passkey or key")
    visitor.sees("~Robin", within=".me")
    visitor.go("/accounts/2fa/webauthn/add/")
    visitor.follow("Use a security key")
    visitor.press("Use a passkey or key")
    visitor.sees("Add a passkey or key")
    visitor.go("/accounts/2fa/webauthn/")
    visitor.follow("Call it otherwise", exact=False)
    visitor.fill(name="The blue one")
    visitor.press("Save")
    visitor.follow("Take it away", exact=False)
    visitor.sees("Take “The blue one” away?")
    visitor.press("Take it away")
    visitor.sees("You have none.")
    assert not Authenticator.objects.exists()


def test_a_key_that_does_not_answer_is_said_in_words(visitor, now, key):
    a_member("Robin", now=now)
    sign_in(visitor, "Robin")
    visitor.go("/accounts/2fa/webauthn/add/")
    prove_oneself(visitor)
    key(False)
    visitor.page.get_by_label("A passkey").check()
    visitor.page.get_by_role("button", name="Add", exact=True).click()
    visitor.sees("The key did not answer, or you stopped it.")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_the_page_says_what_keys_need(visitor):
    visitor.go("/accounts/login/")
    told = visitor.page.locator("noscript p")  # Playwright takes no words from there by itself
    assert told.is_visible()
    assert told.inner_text().startswith("Passkeys and security keys need JavaScript")


def test_staff_set_theirs_up_and_go_on_to_the_admin(visitor, now, settings, either_way):
    settings.STAFF_SECOND_FACTOR = True
    an_editor("Edith", now=now)
    sign_in(visitor, "Edith")
    visitor.sees("Staff sign in with a second factor")
    visitor.follow("Set up an app")
    prove_oneself(visitor)
    visitor.fill(code=code_for(visitor.page.locator("#authenticator_secret").input_value()))
    visitor.press("Set up")
    visitor.follow("Admin", within=".me")
    assert visitor.place == "/admin/"


def test_sessions_elsewhere_are_ended(visitor, now, browser, live_server, either_way):
    robin = a_member("Robin", now=now)
    sign_in(visitor, "Robin")
    elsewhere = browser.new_context(user_agent="Another browser")
    other = elsewhere.new_page()
    other.goto(f"{live_server.url}/accounts/login/")
    other.fill("main [name=login]", robin.email)
    other.fill("main [name=password]", SECRET)
    other.click("main .button")
    other.wait_for_url(live_server.url + "/")
    visitor.follow("Preferences", within=".me")
    visitor.follow("Sessions")
    visitor.sees("Another browser")
    visitor.press("Sign out there")
    visitor.sees("You are signed out there.")
    visitor.does_not_see("Another browser")
    other.goto(f"{live_server.url}/inbox/")
    assert "/accounts/login/" in other.url
    elsewhere.close()


@pytest.mark.parametrize(
    "place", ["2fa/", "2fa/totp/activate/", "2fa/webauthn/add/", "sessions/", "email/", "password/change/"]
)
def test_the_pages_of_an_account_owe_their_readers_the_same_as_others(visitor, now, place):
    robin = a_member("Robin", now=now)
    sign_in(visitor, robin.username)
    visitor.go("/accounts/reauthenticate/")
    assert not visitor.page_faults()
    visitor.fill(password=SECRET)
    visitor.press("Go on")
    visitor.go(f"/accounts/{place}")
    assert not visitor.page_faults()
