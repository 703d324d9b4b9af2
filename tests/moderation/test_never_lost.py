"""Whatever fails while somebody writes, and at whatever step, the words come back; and trying again posts once."""

from contextlib import contextmanager
from html import unescape

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from comments.models import Comment, CommentText, Draft
from moderation import actions
from tests.factories import NOW, UNLIMITED, a_comment, a_discussion, a_member, a_policy
from tests.pages import Page, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_noon")]
WORDS = "Words that took an evening to find, and <b>some</b> &amp; signs.\n\n> Quoted\n\nMore."
BUTTONS = ("post", "preview", "draft_button", "quote", "sign_in")
RETRIES = 40  # benchmarks/retries.py has the 10,000


@pytest.fixture
def parent():
    return a_comment(a_discussion(), author=a_member())


@contextmanager
def failing(number: int, *, for_good: bool, problem=OperationalError):
    """The database fails at its statement of this number: once, or from there on; tells whether it came to that."""
    asked = []

    def fail(execute, sql, params, many, context):
        asked.append(sql)
        if len(asked) == number or (for_good and len(asked) > number):
            raise problem("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield asked


def a_browser(member=None) -> Client:
    client = Client(raise_request_exception=False)
    if member:
        client.force_login(member)
    return client


def address_of(parent) -> str:
    return reverse("reply", args=[parent.discussion_id, parent.pk])


def filled_in(client, parent, **said) -> dict:
    fields = read(client.get(address_of(parent))).fields
    form = {name: fields[name] for name in ("key", "draft", "writer")}
    return form | {"subject": "A <subject>", "body": WORDS, "markup": "plain"} | said


def typed_on(answer) -> str:
    """What stands in the text of the form that a page shows."""
    field = answer.content.decode().partition('name="body"')[2].partition(">")[2].partition("</textarea>")[0]
    return unescape(field).removeprefix("\n")


def has_failed(answer) -> bool:
    return answer.status_code in (500, 503)


@pytest.mark.parametrize("for_good", [True, False], ids=["for good", "once"])
@pytest.mark.parametrize("who", ["a member", "nobody"])
@pytest.mark.parametrize("button", BUTTONS)
def test_the_words_come_back_at_whatever_statement_the_database_fails(parent, button, who, for_good):
    a_policy(**UNLIMITED)
    client = a_browser(a_member() if who == "a member" else None)
    failures = 0
    for number in range(1, 200):
        words = f"{WORDS}\n\n{number}"
        form = filled_in(client, parent, body=words)
        posted_before = Comment.objects.count()
        with failing(number, for_good=for_good) as asked:
            answer = client.post(address_of(parent), form | {button: "1"})
        if len(asked) < number:
            break
        if has_failed(answer):
            failures += 1
            assert answer.status_code == 503
            assert typed_on(answer) == words
            assert "A &lt;subject&gt;" in answer.content.decode()
        # What failed unseen, such as a count of pages read, does no harm; what was posted, was posted once.
        assert client.post(address_of(parent), form | {"post": "1"}).status_code == 302
        assert Comment.objects.count() == posted_before + 1
    else:
        pytest.fail("It never came to an end.")
    assert failures >= 1
    posted = list(CommentText.objects.exclude(comment=parent).values_list("source", flat=True))
    assert len(posted) == len(set(posted)) == number - (button != "post")  # the last one of "Post" went through itself


@pytest.mark.parametrize("button", ["post", "preview"])
def test_the_words_come_back_when_a_commit_fails(parent, button, monkeypatch):
    client = a_browser(a_member())
    form = filled_in(client, parent)

    def fail(*_):
        raise OperationalError("disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "_commit", fail)
        answer = client.post(address_of(parent), form | {button: "1"})
    assert (answer.status_code, typed_on(answer)) == (503, WORDS)
    assert not Comment.objects.exclude(pk=parent.pk).exists()
    assert client.post(address_of(parent), form | {"post": "1"}).status_code == 302


def test_another_failure_of_the_connection_is_told_in_the_same_way(parent):
    client = a_browser()
    form = filled_in(client, parent)
    with failing(1, for_good=True, problem=InterfaceError):
        answer = client.post(address_of(parent), form | {"post": "1"})
    assert (answer.status_code, answer["Retry-After"], typed_on(answer)) == (503, "30", WORDS)


def test_an_error_of_our_own_gives_the_words_back_too(parent, monkeypatch):
    client = a_browser()
    form = filled_in(client, parent)
    monkeypatch.setattr(actions, "take_part", lambda **_: 1 / 0)
    answer = client.post(address_of(parent), form | {"post": "1"})
    assert (answer.status_code, typed_on(answer)) == (500, WORDS)
    assert "Something broke here" in answer.content.decode()


def test_the_page_of_a_failure_leads_on_by_a_preview(parent):
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    form = filled_in(
        client, parent, csrfmiddlewaretoken=read(client.get(address_of(parent))).fields["csrfmiddlewaretoken"]
    )
    with failing(1, for_good=True):
        page = Page(client.post(address_of(parent), form | {"post": "1"}).content.decode())
    assert page.faults == []
    assert page.fields["key"] == form["key"]
    assert "preview" in page.fields
    assert "post" not in page.fields
    again = form | {"csrfmiddlewaretoken": page.fields["csrfmiddlewaretoken"], "post": "1"}
    assert client.post(address_of(parent), again).status_code == 302


def test_a_form_that_the_check_against_forgery_refuses_gives_the_words_back(parent):
    strict = Client(enforce_csrf_checks=True)
    form = filled_in(strict, parent)
    answer = strict.post(address_of(parent), form | {"post": "1"})
    page = read(answer, 403)
    assert typed_on(answer) == WORDS
    assert page.fields["key"] == form["key"]
    assert "preview" in page.fields
    assert "post" not in page.fields


def test_other_forms_give_their_words_back_to_copy_and_no_secret(client):
    strict = Client(enforce_csrf_checks=True)
    said = {"bio": "All about me.", "password": "correct horse battery", "login": "Ada"}
    page = read(strict.post(reverse("preferences"), said), 403)
    assert "All about me." in page.words
    assert "preview" not in page.fields
    assert "correct horse" not in page.html
    plain = read(strict.post(reverse("account_login"), {"login": "Ada", "password": "secret"}), 403)
    assert "Nothing you wrote is lost" not in plain.words


def test_a_form_sent_again_and_again_posts_once(parent):
    a_policy(**UNLIMITED)
    client = a_browser(a_member())
    form = filled_in(client, parent) | {"post": "1"}
    places = {client.post(address_of(parent), form)["Location"] for _ in range(RETRIES)}
    assert len(places) == 1
    assert Comment.objects.exclude(pk=parent.pk).count() == 1
    assert not Draft.objects.exists()
    assert Comment.objects.latest("pk").posted_at == NOW
