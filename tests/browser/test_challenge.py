"""Visitors post where the site asks for a challenge: with scripts at once, without them by way of staff."""

import re

import pytest
from playwright.sync_api import expect

from comments.models import Comment
from forum.accounts.models import SpentChallenge, User
from forum.presets import THRESHOLD
from moderation.models import Held
from tests.factories import UNLIMITED, a_comment, a_member, a_policy, a_story

pytestmark = pytest.mark.django_db
SECRET = "correct horse battery"
LONG = 1_500  # tries: a press most often comes before the end of them, and need not


@pytest.fixture
def story(now):
    a_policy(THRESHOLD, **UNLIMITED, anonymous_challenge=16, now=now)
    return a_story("Penguins seen at the harbour", now=now)


def form_of(story) -> str:
    return f"/reply/{story.discussion_id}/"


def status(visitor):
    """What a screen reader says by itself in the form."""
    return visitor.page.locator("form.reply [role=status]")


def is_worked_out(visitor) -> None:
    expect(visitor.page.locator("[name=solution]")).not_to_have_value("")


def test_a_visitor_with_scripts_posts_and_is_told_what_the_device_does(visitor, story):
    visitor.go(form_of(story))
    expect(status(visitor)).to_contain_text("Your device does a small piece of work while you type")
    visitor.fill(subject="A sighting", body="I have seen one.")
    is_worked_out(visitor)
    visitor.press("Post")
    visitor.sees("I have seen one.")
    assert (Comment.objects.count(), SpentChallenge.objects.count(), Held.objects.count()) == (1, 1, 0)


def test_who_presses_post_before_it_is_done_waits_a_moment_and_posts_once(visitor, story, now):
    waiting = []  # not left to luck, for a device may find the solution at its first tries
    visitor.page.route("**/challenge.json", lambda route: waiting.extend([route]))
    visitor.go(form_of(story))
    visitor.fill(subject="A sighting", body="I have seen one.")
    button = visitor.page.get_by_role("button", name="Post", exact=True)
    button.click()
    expect(status(visitor)).to_contain_text("One moment")
    button.click()
    assert Comment.objects.count() == 0
    with visitor.answer(200):
        [challenge] = waiting
        challenge.continue_()
    visitor.sees("I have seen one.")
    assert (Comment.objects.count(), SpentChallenge.objects.count()) == (1, 1)


def test_a_form_that_opens_in_its_place_works_it_out_too(visitor, story, now):
    first = a_comment(story.discussion, author=a_member(now=now), now=now)
    visitor.go(story.get_absolute_url())
    visitor.opens(first).get_by_role("link", name=re.compile("^Reply")).first.click()
    expect(status(visitor)).to_contain_text("Your device does a small piece of work while you type")
    visitor.fill(body="Where?")
    is_worked_out(visitor)
    visitor.press("Post")
    visitor.sees("Where?")
    assert Comment.objects.filter(parent=first).count() == 1


def test_with_the_keyboard_alone(visitor, story):
    visitor.go(form_of(story))
    visitor.page.get_by_label("Subject").focus()
    visitor.page.keyboard.type("A sighting")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.type("By hand.")
    with visitor.answer(200):
        visitor.page.get_by_role("button", name="Post", exact=True).focus()
        visitor.page.keyboard.press("Enter")
    visitor.sees("By hand.")
    assert Comment.objects.count() == 1


def test_whoever_goes_back_posts_other_words_with_another_solution(visitor, story):
    visitor.go(form_of(story))
    visitor.fill(subject="A sighting", body="First words.")
    visitor.press("Post")
    visitor.sees("First words.")
    visitor.page.go_back()
    visitor.fill(subject="A sighting", body="Second words.")
    visitor.press("Post")
    visitor.sees("Second words.")
    assert (Comment.objects.count(), SpentChallenge.objects.count()) == (2, 2)


def test_a_solution_that_is_too_old_keeps_the_words_and_the_next_press_posts(visitor, story):
    visitor.go(form_of(story))
    visitor.fill(subject="A sighting", body="I have seen one.")
    is_worked_out(visitor)
    SpentChallenge.objects.create(signature=_signature(visitor), expires_at="2100-01-01T00:00Z")
    visitor.press("Post", status=422)
    visitor.sees("please send it once more")
    assert visitor.typed("body") == "I have seen one."
    visitor.press("Post")
    assert Comment.objects.count() == 1


def _signature(visitor) -> str:
    read = "JSON.parse(atob(document.querySelector('[name=solution]').value)).challenge.signature"
    return visitor.page.evaluate(read)


def test_where_it_fails_the_page_says_so_and_the_comment_waits_for_staff(visitor, story):
    visitor.page.route("**/challenge.json", lambda route: route.abort())
    visitor.go(form_of(story))
    visitor.fill(subject="A sighting", body="I have seen one.")
    expect(status(visitor)).to_contain_text("could not do the small piece of work")
    visitor.press("Post", status=202)
    visitor.sees("Your comment waits for staff")
    assert Held.objects.get().lacks_solution
    visitor.complaints.clear()  # the browser says that what was asked for did not come


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_scripts_the_form_says_that_it_waits_and_it_does(visitor, story):
    visitor.go(form_of(story))
    visitor.sees("Without JavaScript, what is posted without an account waits until staff have read it")
    visitor.fill(subject="A sighting", body="I have seen one.")
    visitor.press("Preview")
    visitor.sees("Without JavaScript, what is posted without an account waits until staff have read it")
    visitor.press("Post", status=202)
    visitor.sees("Your browser did not do the small piece of work")
    visitor.sees("I have seen one.")
    assert (Comment.objects.count(), Held.objects.count()) == (0, 1)


def test_the_form_is_for_everybody_at_every_width(visitor, story):
    visitor.go(form_of(story))
    visitor.fill(subject="A sighting", body="I have seen one.")
    is_worked_out(visitor)
    assert visitor.page_faults() == []


def sign_up(visitor):
    visitor.go("/accounts/signup/")
    visitor.fill(username="Ada", email="ada@example.org", password1=SECRET, password2=SECRET)


def test_who_signs_up_with_scripts_is_a_member_like_any_other(visitor, now):
    a_policy(THRESHOLD, **UNLIMITED, anonymous_challenge=LONG, challenge_at_sign_up=True, now=now)
    sign_up(visitor)
    visitor.press("Sign up")
    assert not User.objects.get(username="Ada").is_unproven
    assert SpentChallenge.objects.count() == 1


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_who_signs_up_without_scripts_is_told_that_staff_read_first(visitor, story, now):
    a_policy(THRESHOLD, **UNLIMITED, anonymous_challenge=LONG, challenge_at_sign_up=True, now=now)
    sign_up(visitor)
    visitor.sees("Without JavaScript, what you write waits for staff until they have posted some of it")
    visitor.press("Sign up")
    assert User.objects.get(username="Ada").is_unproven
    visitor.go(form_of(story))
    visitor.fill(subject="A sighting", body="I have seen one.")
    visitor.press("Post", status=202)
    visitor.sees("When you signed up your browser did not do the small piece of work")


def test_the_sign_up_is_for_everybody_at_every_width(visitor, now):
    a_policy(THRESHOLD, **UNLIMITED, anonymous_challenge=16, challenge_at_sign_up=True, now=now)
    sign_up(visitor)
    is_worked_out(visitor)
    assert visitor.page_faults() == []
