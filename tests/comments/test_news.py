"""What pages ask while they are open: has somebody written since? One question for everybody, and one query."""

import gzip
import io
import json

import pytest
from django.conf import settings
from django.test.client import ClientHandler
from django.urls import reverse

from comments.actions import hide_comment
from forum import policy, reading
from forum.pages import KeptPages
from tests.factories import NOW, a_comment, a_member, a_story, an_editor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def address(story):
    return reverse("news", args=[story.discussion_id])


def test_it_tells_how_many_comments_can_be_seen_and_the_newest(client):
    story = a_story(comments=2)
    newest = a_comment(story.discussion)
    gone = a_comment(story.discussion)
    hide_comment(comment=gone, actor=an_editor(), reason="Advertising", now=NOW)
    told = client.get(address(story)).json()
    assert (told["comments"], told["newest"]) == (3, newest.pk)


def test_a_discussion_without_comments_has_no_newest(client):
    told = client.get(address(a_story())).json()
    assert (told["comments"], told["newest"]) == (0, None)


def test_its_version_changes_with_what_is_said(client):
    story = a_story()
    before = client.get(address(story)).json()["version"]
    a_comment(story.discussion)
    assert client.get(address(story)).json()["version"] != before


def test_it_costs_one_query_however_long_the_discussion_is(client, django_assert_num_queries):
    story = a_story(comments=60)
    with django_assert_num_queries(1):
        client.get(address(story))


@pytest.mark.parametrize("somebody", [a_member, an_editor])
def test_nobody_is_looked_up_for_it(client, settings, django_assert_num_queries, somebody):
    settings.STAFF_SECOND_FACTOR = True
    story = a_story(comments=2)
    asked_by_visitor = client.get(address(story)).json()
    client.force_login(somebody())
    with django_assert_num_queries(1):
        assert client.get(address(story)).json() == asked_by_visitor
    if somebody is an_editor:  # everything else stays closed to staff without a second factor
        assert client.get(story.get_absolute_url())["Location"] == reverse("mfa_index")


@pytest.mark.parametrize("what", ["hidden", "scheduled", "nothing"])
def test_of_a_discussion_that_nobody_may_read_it_tells_nothing(client, what):
    discussion = a_story(comments=1).discussion
    if what == "hidden":
        type(discussion).objects.filter(pk=discussion.pk).update(status="hidden")
    if what == "scheduled":
        type(discussion).objects.filter(pk=discussion.pk).update(opens_at=NOW.replace(year=NOW.year + 1))
    answer = client.get(reverse("news", args=[discussion.pk + (what == "nothing")]))
    assert (answer.status_code, answer.json()) == (404, {"error": "There is no such discussion."})


def site(environ, start_response):
    """The site as the web server calls it, but for closing the connection that belongs to the test."""
    response = ClientHandler()(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


@pytest.fixture
def ask():
    """Asks at the web server's way in, where pages are kept: (status, headers, body)."""
    keyed = (settings.SESSION_COOKIE_NAME, reading.COOKIE)
    kept = KeptPages(site, keyed=keyed, chosen=(), secret=(), room=policy.PAGE_STORE_BYTES)

    def answer_to(path, **environ):
        asked = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "localhost"}
        asked |= {"wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(), "SERVER_NAME": "here", "SERVER_PORT": "443"}
        told = []
        body = kept(asked | environ, lambda status, headers, exc_info=None: told.extend((status, dict(headers))))
        return *told, b"".join(body)

    return answer_to


def test_who_asks_in_the_same_second_is_told_without_a_query(ask, django_assert_num_queries):
    story = a_story(comments=1)
    with django_assert_num_queries(1):
        answers = [ask(address(story), HTTP_ACCEPT_ENCODING="gzip") for _ in range(20)]
    assert {status for status, _, _ in answers} == {"200 OK"}
    assert json.loads(gzip.decompress(answers[-1][2]))["comments"] == 1


def test_who_knows_the_answer_already_is_told_so(ask, django_assert_num_queries):
    story = a_story(comments=1)
    _, headers, _ = ask(address(story))
    with django_assert_num_queries(0):
        status, _, body = ask(address(story), HTTP_IF_NONE_MATCH=headers["ETag"])
    assert (status, body) == ("304 Not Modified", b"")
    assert headers["Cache-Control"].startswith("public")
    assert settings.SESSION_COOKIE_NAME not in headers.get("Set-Cookie", "")


def test_an_open_page_knows_where_to_ask_and_what_it_shows(client):
    story = a_story(comments=2)
    html = client.get(story.get_absolute_url()).content.decode()
    assert f'data-news="{address(story)}" data-comments="2"' in html
    assert f'id="thread" data-newest="{story.discussion.comments.latest("pk").pk}"' in html
