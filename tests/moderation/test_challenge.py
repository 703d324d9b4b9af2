"""Visitors bring a solved challenge with each comment where the policy asks for it, or wait; members do not."""

from datetime import timedelta

import pytest
from django.urls import reverse

from comments.actions import prepare_words
from comments.models import Comment
from forum import policy
from forum.accounts.models import SpentChallenge
from forum.presets import THRESHOLD
from moderation.actions import hold_suspect, learn, release_held
from moderation.models import Held
from tests.factories import (
    ANY_PACE,
    NOW,
    UNLIMITED,
    a_comment,
    a_discussion,
    a_member,
    a_policy,
    a_solution,
    a_story,
    an_editor,
)
from tests.moderation.test_holding import ENOUGH, GOOD, SPAM
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
WORDS = "Words that took an evening to find."
WAITS = "Without JavaScript, what is posted without an account waits until staff have read it"


@pytest.fixture
def asks():
    a_policy(THRESHOLD, **UNLIMITED, anonymous_challenge=4)


@pytest.fixture
def place():
    return reverse("comment_on", args=[a_story().discussion_id])


def form_at(client, place, **said) -> dict:
    """The form as it is shown, filled in."""
    fields = read(client.get(place)).fields
    shown = {name: fields[name] for name in ("key", "solution") if name in fields}
    return shown | {"subject": "A subject", "body": WORDS, "markup": "plain", "post": "1"} | said


def send(client, place, **said):
    return client.post(place, form_at(client, place, **said))


@pytest.mark.usefixtures("asks")
def test_a_visitor_with_a_solution_posts(client, place):
    assert send(client, place, solution=a_solution()).status_code == 302
    assert Comment.objects.get().author is None
    assert SpentChallenge.objects.count() == 1


@pytest.mark.usefixtures("asks")
def test_a_visitor_without_one_is_told_beforehand_and_waits_for_staff(client, place):
    assert WAITS in read(client.get(place)).words
    page = read(send(client, place), 202)
    assert "Your browser did not do the small piece of work" in page.words
    assert WORDS in page.words
    held = Held.objects.get()
    assert (held.lacks_solution, held.author, Comment.objects.count()) == (True, None, 0)
    release_held(held=held, actor=an_editor(), reason="Fine", now=NOW)
    assert Comment.objects.get().text.source == WORDS


@pytest.mark.usefixtures("asks")
def test_staff_see_why_it_waits(client, place):
    send(client, place)
    client.force_login(an_editor())
    assert "no challenge solved" in client.get("/admin/moderation/held/").content.decode()


@pytest.mark.usefixtures("asks")
@pytest.mark.parametrize("solution", ["nonsense", "e30=", "x" * 10_000])
def test_a_wrong_solution_posts_nothing_and_loses_nothing(client, place, solution):
    page = read(send(client, place, solution=solution), 422)
    assert "please send it once more" in page.words
    assert page.fields["solution"] == ""
    assert WORDS in page.words
    assert not Comment.objects.exists()
    assert not Held.objects.exists()


@pytest.mark.usefixtures("asks")
def test_a_solution_that_is_too_old_posts_nothing_and_loses_nothing(client, place, time_machine):
    form = form_at(client, place, solution=a_solution())
    time_machine.move_to(NOW + policy.CHALLENGE_LIFETIME + timedelta(seconds=1), tick=False)
    page = read(client.post(place, form), 422)
    assert "too old" in page.words
    assert WORDS in page.words


@pytest.mark.usefixtures("asks")
def test_one_solution_is_worth_one_comment(client, place):
    solution = a_solution()
    send(client, place, solution=solution)
    page = read(send(client, place, solution=solution, body="Other words."), 422)
    assert "counted once already" in page.words
    assert "Other words." in page.words
    assert Comment.objects.count() == 1


@pytest.mark.usefixtures("asks")
def test_a_form_that_is_sent_twice_posts_once_and_needs_no_second_solution(client, place):
    form = form_at(client, place, solution=a_solution())
    assert [client.post(place, form).status_code for _ in range(2)] == [302, 302]
    assert Comment.objects.count() == 1


@pytest.mark.usefixtures("asks")
def test_a_refusal_for_another_reason_spends_nothing(client, place):
    solution = a_solution()
    send(client, place, solution=a_solution(), body=WORDS * 2)
    assert send(client, place, solution=solution, body=WORDS * 2).status_code == 422  # the same words again
    assert send(client, place, solution=solution, body="Other words.").status_code == 302


@pytest.mark.usefixtures("asks")
def test_a_preview_needs_no_solution_and_spends_none(client, place):
    solution = a_solution()
    form = form_at(client, place, solution=solution, preview="1")
    del form["post"]
    assert "Preview: not posted yet" in read(client.post(place, form)).words
    assert not SpentChallenge.objects.exists()


def test_a_form_from_before_the_site_asked_is_shown_again_with_what_is_asked(client, place):
    form = form_at(client, place)
    assert "solution" not in form
    assert WAITS not in read(client.get(place)).words
    a_policy(THRESHOLD, **ANY_PACE, anonymous_challenge=4)
    page = read(client.post(place, form), 422)
    assert "Since you opened this form the site asks a small piece of work" in page.words
    assert WAITS in page.words
    assert WORDS in page.words
    assert not Held.objects.exists()


@pytest.mark.usefixtures("asks")
@pytest.mark.parametrize("name", [{}, {"is_anonymous": "on"}])
def test_members_are_not_asked_with_a_name_or_without(client, place, name):
    client.force_login(a_member())
    page = read(client.get(place))
    assert "solution" not in page.fields
    assert WAITS not in page.words
    assert send(client, place, **name).status_code == 302
    assert Comment.objects.count() == 1


@pytest.fixture
def asks_at_sign_up():
    a_policy(THRESHOLD, **UNLIMITED, anonymous_challenge=4, challenge_at_sign_up=True)


@pytest.mark.usefixtures("asks_at_sign_up")
def test_who_signed_up_without_one_waits_until_staff_have_posted_something(client, place):
    member = a_member(is_unproven=True)
    client.force_login(member)
    page = read(send(client, place), 202)
    assert "When you signed up your browser did not do the small piece of work" in page.words
    held = Held.objects.get()
    assert (held.author, held.lacks_solution, Comment.objects.count()) == (member, True, 0)
    assert send(client, place, is_anonymous="on", body="Other words.").status_code == 202
    release_held(held=held, actor=an_editor(), reason="Fine", now=NOW)
    assert send(client, place, body="Free words.").status_code == 302
    assert Comment.objects.filter(author=member).count() == 2


def test_who_signed_up_without_one_waits_no_more_when_the_site_asks_nobody(client, place):
    client.force_login(a_member(is_unproven=True))
    assert send(client, place).status_code == 302


@pytest.mark.usefixtures("asks")
def test_one_network_has_only_so_many_waiting(client, place):
    where = {"REMOTE_ADDR": "203.0.113.7"}
    forms = [form_at(client, place, body=f"Words, number {n}.") for n in range(policy.HELD_EACH_MAX + 1)]
    answers = [client.post(place, form, **where) for form in forms]
    assert [answer.status_code for answer in answers] == [202] * policy.HELD_EACH_MAX + [422]
    assert "wait for staff. Let them look." in read(answers[-1], 422).words


@pytest.mark.usefixtures("asks")
def test_when_no_more_can_wait_nothing_is_posted_for_want_of_a_solution(client, place, monkeypatch):
    monkeypatch.setattr(policy, "HELD_MAX", 0)
    page = read(send(client, place), 422)
    assert "So many comments wait for staff that no more can" in page.words
    assert WORDS in page.words
    assert not Comment.objects.exists()
    assert send(client, place, solution=a_solution()).status_code == 302


@pytest.mark.usefixtures("asks")
def test_what_looks_like_spam_waits_with_a_solution_too_and_spends_it():
    for number in range(ENOUGH):
        for is_spam, body in ((True, SPAM), (False, GOOD)):
            learn(a_comment(author=a_member(), body=f"{body}, number {number}."), is_spam=is_spam, now=NOW)
    solution = a_solution()
    words = prepare_words(subject="An offer", body=SPAM, markup="plain")
    said = {"author": None, "parent": None, "words": words, "form_key": None, "now": NOW, "solution": solution}
    held = hold_suspect(discussion=a_discussion(), **said)
    assert (held.lacks_solution, SpentChallenge.objects.count()) == (False, 1)
