"""Becoming a member, being one, and what a member keeps."""

import re

import pytest

from forum.accounts.models import User
from moderation.actions import spend_point
from tests.factories import a_comment, a_member, a_story

pytestmark = pytest.mark.django_db

SECRET = "correct horse battery staple"
OLD_SECRET = "correct horse battery"
INSIGHTFUL = 5


def test_signing_up_after_a_name_that_is_refused(visitor, now, either_way):
    a_member("Entrope", now=now)
    visitor.go("/")
    visitor.follow("Sign up", within=".me")
    visitor.fill(username="Entr0pe", email="new@example.org", password1=SECRET, password2=SECRET)
    visitor.press("Sign up")
    visitor.sees("That name, or one that looks like it, is taken.")
    assert (visitor.typed("username"), visitor.typed("email")) == ("Entr0pe", "new@example.org")
    visitor.fill(username="Penguin", password1=SECRET, password2=SECRET)
    visitor.press("Sign up")
    assert visitor.place == "/"
    visitor.follow("~Penguin", within=".me")
    visitor.sees("You have not said anything yet.")


def test_signing_in_leads_back_and_signing_out_ends_it(visitor, now, either_way):
    robin = a_member("Robin", now=now)
    story = a_story("Penguins", now=now)
    visitor.go(story.get_absolute_url())
    visitor.follow("Sign in", within=".me")
    visitor.fill(login="Robin", password="wrong")
    visitor.press("Sign in")
    visitor.sees("not correct")
    assert visitor.typed("login") == "Robin"
    visitor.fill(login=robin.email, password=OLD_SECRET)
    visitor.press("Sign in")
    assert visitor.place == story.get_absolute_url()
    visitor.sees("~Robin", within=".me")
    visitor.press("Sign out", within=".me")
    visitor.sees("Sign in", within=".me")
    visitor.go("/inbox/")
    assert visitor.place == "/accounts/login/"


def test_a_forgotten_password(visitor, now, mailoutbox, either_way):
    robin = a_member("Robin", now=now)
    visitor.go("/accounts/login/")
    visitor.page.goto(visitor.home + "/accounts/password/reset/")
    visitor.fill(email=robin.email)
    visitor.press("Send the link")
    visitor.sees("Look into your mail")
    (letter,) = mailoutbox
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", letter.body)[1]
    visitor.go(link)
    visitor.fill(password1=SECRET, password2=SECRET)
    visitor.page.locator("main form button").first.click()
    visitor.page.wait_for_load_state()
    visitor.go("/accounts/login/")
    visitor.fill(login="Robin", password=SECRET)
    visitor.press("Sign in")
    visitor.sees("~Robin", within=".me")


def test_preferences_are_kept_and_count(visitor, now, either_way):
    robin = a_member("Robin", now=now)
    story = a_story("Penguins", now=now)
    a_comment(story.discussion, subject="Of a coward", now=now)
    a_comment(story.discussion, author=robin, subject="Of a member", now=now)
    visitor.become(robin)
    visitor.go(story.get_absolute_url())
    assert visitor.subjects() == ["Of a coward", "Of a member"]
    visitor.follow("Preferences", within=".me")
    visitor.page.locator("[name=threshold]").select_option("1")
    visitor.page.locator("[name=mode]").select_option("flat")
    visitor.fill(bio="I like penguins.")
    visitor.press("Save preferences")
    visitor.sees("Your preferences are saved.")
    visitor.go(story.get_absolute_url())
    assert visitor.subjects() == ["Of a member"]
    visitor.go(robin.get_absolute_url())
    visitor.sees("I like penguins.")


def test_the_inbox_tells_of_replies_and_moderations(visitor, now, either_way):
    robin = a_member("Robin", now=now)
    story = a_story("Penguins", now=now)
    mine = a_comment(story.discussion, author=robin, subject="Of a member", now=now)
    a_comment(author=a_member("Talker", now=now), parent=mine, subject="Re: Of a member", now=now)
    spend_point(comment=mine, moderator=a_member("Mo", points=1, now=now), reason=INSIGHTFUL, now=now)
    visitor.become(robin)
    visitor.go("/")
    visitor.sees("Inbox 2", within=".me")
    visitor.follow("Inbox", within=".me", exact=False)
    visitor.sees("2 unread")
    visitor.follow("Talker replied to your comment “Of a member”")
    visitor.sees("Re: Of a member")
    visitor.go("/inbox/")
    visitor.page.get_by_role("button", name="Mark as read").first.click()
    visitor.sees("1 unread")
    visitor.press("Mark all as read")
    visitor.sees("Everything is read")
    assert User.objects.get(username="Robin").notifications.filter(read_at=None).count() == 0
