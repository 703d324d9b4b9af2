"""Who signs up brings a solved challenge where the policy asks for it, or is read by staff at first."""

import pytest
from django.core import mail
from django.urls import reverse

from forum.accounts.models import SpentChallenge, User
from forum.presets import THRESHOLD
from tests.factories import a_member, a_policy, a_solution
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
SECRET = "correct horse battery"
WAITS = "Without JavaScript, what you write waits for staff until they have posted some of it"


@pytest.fixture
def asks():
    a_policy(THRESHOLD, anonymous_challenge=4, challenge_at_sign_up=True)


def sign_up(client, *, name="Ada", address="ada@example.org", **more):
    form = {"username": name, "email": address, "password1": SECRET, "password2": SECRET}
    return client.post(reverse("account_signup"), form | more)


@pytest.mark.usefixtures("asks")
def test_a_solution_makes_a_member_like_any_other(client):
    assert sign_up(client, solution=a_solution()).status_code == 302
    assert not User.objects.get().is_unproven
    assert SpentChallenge.objects.count() == 1


@pytest.mark.usefixtures("asks")
def test_without_one_the_form_says_beforehand_that_staff_read_first_and_so_it_is(client):
    page = read(client.get(reverse("account_signup")))
    assert WAITS in page.words
    assert sign_up(client, solution=page.fields["solution"]).status_code == 302
    assert User.objects.get().is_unproven


@pytest.mark.usefixtures("asks")
@pytest.mark.parametrize("solution", ["nonsense", "spent"])
def test_a_wrong_one_makes_no_account_and_says_what_to_do(client, solution):
    if solution == "spent":
        solution = a_solution()
        sign_up(client, name="Eve", address="eve@example.org", solution=solution)
        client.logout()
    page = read(sign_up(client, solution=solution), 422)
    assert "please send it once more" in page.words
    assert (page.fields["username"], page.fields["solution"]) == ("Ada", "")
    assert not User.objects.filter(username="Ada").exists()


@pytest.mark.usefixtures("asks")
def test_a_form_from_before_the_site_asked_is_shown_again(client):
    page = read(sign_up(client), 422)
    assert "Since you opened this form the site asks a small piece of work" in page.words
    assert WAITS in page.words
    assert not User.objects.exists()


@pytest.mark.usefixtures("asks")
@pytest.mark.parametrize("how", ["nonsense", "right", "spent"])
def test_it_tells_nothing_about_who_is_there(client, settings, how):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    a_member("Robin", email="robin@example.org")
    answers = []
    for name, address in (("Ada", "robin@example.org"), ("Eve", "eve@example.org")):
        solution = a_solution() if how != "nonsense" else how
        if how == "spent":
            sign_up(client, name=f"{name} 2", address=f"{name}@example.net", solution=solution)
        before = len(mail.outbox)
        answer = sign_up(client, name=name, address=address, solution=solution)
        answers.append((answer.status_code, answer.headers.get("Location"), len(mail.outbox) - before))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("asked", [{}, {"anonymous_challenge": 4}, {"challenge_at_sign_up": True}])
def test_where_the_policy_does_not_ask_nobody_is_asked(client, asked):
    a_policy(THRESHOLD, **asked)
    assert "solution" not in read(client.get(reverse("account_signup"))).fields
    assert sign_up(client).status_code == 302
    assert not User.objects.get().is_unproven
