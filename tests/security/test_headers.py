"""What every answer tells a browser, wherever it was made; and what the MDN HTTP Observatory gives for it."""

import io

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse

from forum import policy, views
from forum.cookies import cookie_name
from forum.pages import KeptPages
from forum.presets import THRESHOLD
from tests.factories import a_member, a_policy, a_story
from tests.security.addresses import every_address, places
from tests.security.observatory import BASELINE, Score, judge_policy, score
from tests.surroundings import SQLITE

pytestmark = [pytest.mark.lane(SQLITE), pytest.mark.django_db, pytest.mark.usefixtures("over_https")]

WANTED, REACHED = 130, 150  # of a page without a cookie; with COEP and COOP
TOLD = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
YEAR = 31_536_000


def faults(answer) -> list[str]:
    """What this answer does not tell, or tells wrongly."""
    if answer.streaming:
        b"".join(answer.streaming_content)  # closes the file
    found = [f"{name}: {answer.get(name)}" for name, value in TOLD.items() if answer.get(name) != value]
    csp = answer.get("Content-Security-Policy", "")
    found += [
        f"no {words}"
        for words in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
        if words not in csp
    ]
    found += ["unsafe in the policy"] if "unsafe" in csp else []
    found += ["no Permissions-Policy"] if "camera=()" not in answer.get("Permissions-Policy", "") else []
    hsts = answer.get("Strict-Transport-Security", "")
    found += [] if hsts == f"max-age={YEAR}; includeSubDomains; preload" else [f"HSTS {hsts}"]
    found += ["says what it runs on"] if answer.has_header("Server") or answer.has_header("X-Powered-By") else []
    found += [fault for cookie in answer.cookies.values() for fault in faults_of_cookie(cookie)]
    total = score(answer)
    return found + ([f"{total.modifiers}"] if total.total < WANTED or total.total + total.isolation < REACHED else [])


def faults_of_cookie(cookie) -> list[str]:
    is_ours = cookie.key.startswith("__Host-") and cookie["path"] == "/" and not cookie["domain"]
    is_guarded = cookie["secure"] and cookie["samesite"] == "Lax" and (cookie["httponly"] or cookie["max-age"] == 0)
    return [] if is_ours and is_guarded else [f"cookie {cookie.OutputString()}"]


def on_https(client, method: str, address: str, **how):
    return client.generic(method, address, secure=True, **how)


# -- Every address -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["visitor", "superuser"])
def test_every_address_tells_it(everything, role):
    client, found = everything.client(role), {}
    for address, place in places(everything).items():
        for method in ("GET",) if role == "superuser" else ("GET", "HEAD", "PUT"):
            if wrong := faults(on_https(client, method, place)):
                found[f"{method} {address.name}"] = wrong
        if address.name == "account_logout":
            client = everything.client(role)
    assert not found
    assert len(every_address()) > 200


def test_a_refused_form_tells_it(everything):
    strict = everything.client("member", enforce_csrf_checks=True)
    answers = [on_https(strict, "POST", place) for place in places(everything).values()]
    assert not [wrong for wrong in map(faults, answers) if wrong]
    assert {answer.status_code for answer in answers} == {403}


def test_where_visitors_devices_must_work_the_form_and_the_challenge_tell_it(client):
    a_policy(THRESHOLD, anonymous_challenge=4)
    for place in (reverse("challenge"), reverse("comment_on", args=[a_story().discussion_id])):
        answer = on_https(client, "GET", place)
        assert answer.status_code == 200
        assert not faults(answer)
        assert "blob:" not in answer["Content-Security-Policy"]
    assert not faults(on_https(client, "GET", "/static/js/challenge.js"))


# -- What is answered before any view is asked ----------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/?page=%00", "/nowhere/", "/static/css/base.css", "/static/js/keys.js"])
def test_refusals_and_files_tell_it(client, address):
    assert not faults(on_https(client, "GET", address))


@pytest.mark.parametrize("address", ["/static/img/icon.svg", "/static/admin/css/base.css", "/static/nothing.css"])
def test_other_peoples_files_and_missing_ones_tell_it(client, address):
    assert not faults(on_https(client, "GET", address))


def test_a_file_that_did_not_change_tells_it(client):
    told = on_https(client, "GET", "/static/css/base.css")
    assert not faults(told)
    answer = on_https(client, "GET", "/static/css/base.css", HTTP_IF_MODIFIED_SINCE=told["Last-Modified"])
    assert answer.status_code == 304
    assert not [wrong for wrong in faults(answer) if not wrong.startswith("{")]


def test_a_foreign_host_is_told_it(client):
    answer = on_https(client, "GET", "/", HTTP_HOST="evil.example")
    assert answer.status_code == 400
    assert not faults(answer)


def test_a_failure_is_told_it(monkeypatch):
    monkeypatch.delattr(views, "ROBOTS")
    answer = on_https(Client(raise_request_exception=False), "GET", "/robots.txt")
    assert answer.status_code == 500
    assert not faults(answer)


@pytest.mark.usefixtures("at_noon")
def test_who_tries_too_often_is_told_it(client):
    answers = [
        client.post(reverse("account_reset_password"), {"email": "a@example.org"}, secure=True) for _ in range(30)
    ]
    assert answers[-1].status_code == 429
    assert not faults(answers[-1])


@pytest.mark.parametrize("host", ["testserver", "evil.example"])
def test_http_leads_to_https_on_the_same_host_and_to_nowhere_else(client, host):
    answer = client.get("/log/?by=1", headers={"host": host})
    wrong = [fault for fault in faults(answer) if not fault.startswith(("HSTS", "{"))]
    assert not wrong
    assert answer.status_code == (301 if host == "testserver" else 400)
    assert answer.get("Location") in {"https://testserver/log/?by=1", None}


# -- What is answered before Django (forum/pages.py) -----------------------------------------------------------------


@pytest.fixture
def connection():
    """A whole request, as the web server makes it, would close the connection that the test is in."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("connection")
def test_a_kept_page_and_its_304_tell_it():
    a_story()
    site = KeptPages(get_wsgi_application(), keyed=(), chosen=(), secret=(), room=policy.PAGE_STORE_BYTES)
    made, kept = ask(site), ask(site)
    same = ask(site, HTTP_IF_NONE_MATCH=kept["ETag"])
    for headers in (made, kept, same):
        assert {name: headers[name] for name in TOLD} == TOLD
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "Set-Cookie" not in headers
    assert same["status"].startswith("304")


def ask(site, **environ) -> dict[str, str]:
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "HTTP_HOST": "testserver"}
    asked |= {"wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(), "SERVER_NAME": "testserver", "SERVER_PORT": "443"}
    told = {}
    list(site(asked | environ, lambda status, headers, exc_info=None: told.update(dict(headers), status=status)))
    return told


# -- Cookies -------------------------------------------------------------------------------------------------------


def test_every_cookie_of_the_site_is_bound_to_its_host(client):
    story, member = a_story(), a_member()
    client.force_login(member)
    seen = {}
    for answer in (
        client.get(f"{story.get_absolute_url()}?threshold=2", secure=True),
        client.get("/preferences/", secure=True),
        client.get("/moderate/", secure=True),
        client.post("/preferences/", {}, secure=True),
        client.post(f"/moderate/{story.discussion_id}/", {}, secure=True),
        client.get(f"/moderate/{story.discussion_id}/", secure=True),
    ):
        seen |= answer.cookies
        assert not faults(answer)
    seen |= client.cookies
    assert seen.keys() == {
        cookie_name(name) for name in ("sessionid", "csrftoken", "reading", "desk", "fresh", "messages")
    }


def test_without_https_the_names_have_no_prefix_that_a_browser_would_refuse(client, settings):
    settings.COOKIE_PREFIX, settings.SESSION_COOKIE_SECURE = "", False
    settings.SECURE_SSL_REDIRECT = False
    answer = client.get(f"{a_story().get_absolute_url()}?threshold=2")
    assert list(answer.cookies) == ["reading"]
    assert not answer.cookies["reading"]["secure"]


# -- The measure itself --------------------------------------------------------------------------------------------


def test_a_bare_answer_scores_badly():
    answer = Client().get("/robots.txt", secure=True)
    answer.headers = {"Content-Type": "text/html"}
    assert score(answer).total == BASELINE - 25 - 20 - 5 - 20


@pytest.mark.parametrize(
    ("policy", "modifier"),
    [
        ({}, -25),
        ({"default-src": {"'self'"}}, 5),
        ({"default-src": {"'none'"}}, 5),
        ({"default-src": {"'none'"}, "form-action": {"'self'"}}, 10),
        ({"default-src": {"'none'"}, "script-src": {"'unsafe-inline'"}}, -20),
        ({"default-src": {"'none'"}, "script-src": {"'unsafe-eval'"}}, -10),
        ({"default-src": {"'none'"}, "style-src": {"'unsafe-inline'"}}, 0),
        ({"default-src": {"'none'"}, "img-src": {"http://a.example"}}, -10),
        ({"script-src": {"'self'"}}, -20),
    ],
)
def test_a_policy_is_judged_by_the_table(policy, modifier):
    assert judge_policy(policy) == modifier


def test_a_bonus_is_given_only_to_what_is_good_without_it():
    assert Score({"csp": 10, "hsts": -10, "corp": 10}, 0).total == 110
    assert Score({"csp": 10, "hsts": -20, "corp": 10}, 0).total == 80
