"""What a member does with the own account and with other people, with scripts and without."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress

from forum.accounts.actions import relate
from forum.accounts.models import User
from tests.accounts.test_other_sites import SERVER, our_firm  # noqa: F401
from tests.factories import a_comment, a_member, a_story

pytestmark = pytest.mark.django_db
OLD_SECRET, SECRET = "correct horse battery", "an entirely different secret"


def link_in(letter) -> str:
    return re.search(r"https?://[^/\s]+(/accounts/\S+)", letter.body)[1]


def sign_in(visitor, name, password=OLD_SECRET):
    visitor.go("/accounts/login/")
    visitor.fill(login=name, password=password)
    visitor.press("Sign in")


def test_signing_up_with_an_address_that_is_confirmed(visitor, now, settings, mailoutbox, either_way):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    visitor.go("/accounts/signup/")
    address = f"penguin{either_way:d}@example.org"  # to one address a link is sent only every few minutes
    visitor.fill(username="Penguin", email=address, password1="penguin123", password2="penguin123")
    visitor.press("Sign up")
    visitor.sees("one of those that are guessed first")
    assert visitor.typed("username") == "Penguin"
    visitor.fill(password1=SECRET, password2=SECRET)
    visitor.press("Sign up")
    visitor.sees("One more step: look into your mail")
    sign_in(visitor, "Penguin", SECRET)
    visitor.does_not_see("~Penguin", within=".me")
    visitor.go(link_in(mailoutbox[0]))
    visitor.press("Yes, confirm it")
    sign_in(visitor, "Penguin", SECRET)
    visitor.sees("~Penguin", within=".me")


def test_another_address_and_another_password(visitor, now, mailoutbox, either_way):
    robin = a_member("Robin", now=now)
    sign_in(visitor, "Robin")
    visitor.follow("Preferences", within=".me")
    visitor.follow("E-mail")
    address = f"new{either_way:d}@example.net"
    visitor.page.locator("main [type=email]").fill(address)
    visitor.press("Add")
    visitor.sees("Is it you?")
    visitor.fill(password=OLD_SECRET)
    visitor.press("Go on")
    visitor.sees(address)
    visitor.go(link_in(mailoutbox[0]))
    visitor.press("Yes, confirm it")
    visitor.go("/accounts/email/")
    visitor.page.get_by_label(address).check()
    visitor.press("Make it the first")
    assert EmailAddress.objects.get(user=robin, primary=True).email == address
    visitor.follow("Password")
    visitor.fill(oldpassword=OLD_SECRET, password1=SECRET, password2=SECRET)
    visitor.press("Change it")
    visitor.sees("~Robin", within=".me")
    visitor.press("Sign out", within=".me")
    sign_in(visitor, "Robin", SECRET)
    visitor.sees("~Robin", within=".me")


def test_a_signature_and_the_own_times(visitor, now, either_way):
    robin = a_member("Robin", now=now)
    story = a_story("Penguins", now=now)
    a_comment(story.discussion, author=robin, subject="Of a member", now=now)
    visitor.become(robin)
    visitor.go("/preferences/")
    visitor.page.locator("[name=zone]").select_option("Asia/Kathmandu")
    visitor.page.locator("[name=date_format]").select_option("iso")
    visitor.fill(signature="Penguins cannot fly.")
    visitor.press("Save preferences")
    visitor.go(story.get_absolute_url())
    visitor.sees("Penguins cannot fly.", within=".signature")
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", visitor.words(".byline"))
    visitor.go("/preferences/")
    visitor.page.get_by_label("Hide signatures").check()
    visitor.press("Save preferences")
    visitor.go(story.get_absolute_url())
    visitor.sees("Of a member")
    assert not visitor.page.locator(".signature").count()


def test_a_member_is_ignored_and_heard_again(visitor, now, either_way):
    robin, eve = a_member("Robin", now=now), a_member("Eve", now=now)
    story = a_story("Penguins", now=now)
    a_comment(story.discussion, author=eve, subject="Of Eve", now=now)
    visitor.become(robin)
    visitor.go(eve.get_absolute_url())
    visitor.press("Ignore")
    visitor.sees("Eve is ignored by you from now on.")
    visitor.go(story.get_absolute_url())
    assert visitor.subjects() == []
    visitor.go("/~Robin/people/?of=ignored")
    visitor.follow("Eve")
    visitor.press("Neither")
    visitor.go(story.get_absolute_url())
    assert visitor.subjects() == ["Of Eve"]


def test_signing_up_through_another_site(visitor, now, our_firm, complaints, live_server, either_way):  # noqa: F811
    def other_site(route):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(route.request.url).query).items()}
        back = f"{asked['redirect_uri']}?{urlencode({'code': 'a-code', 'state': asked['state']})}"
        route.fulfill(status=302, headers={"Location": back})

    visitor.page.route(f"{SERVER}/**", other_site)
    visitor.go("/accounts/login/")
    visitor.page.get_by_role("button", name="Our firm").click()
    visitor.sees("Choose a name")
    assert [one for one in complaints if one.startswith(f"asked another site: {SERVER}/authorization_endpoint")]
    complaints[:] = [one for one in complaints if SERVER not in one]
    visitor.fill(username="Countess", email="ada@example.org")
    visitor.press("Sign up")
    visitor.sees("~Countess", within=".me")
    assert User.objects.filter(username="Countess").exists()


@pytest.mark.parametrize("place", ["/preferences/", "/~Robin/people/?of=ignored", "/~Eve/"])
def test_the_pages_of_people_owe_their_readers_the_same_as_others(visitor, now, place):
    robin, eve = a_member("Robin", now=now), a_member("Eve", now=now)
    relate(member=robin, other=eve, kind="ignore", now=now)
    visitor.become(robin)
    visitor.go(place)
    assert not visitor.page_faults()
