"""Whoever follows a link of the site stays on it, whatever it asks for; and a foreign Host is answered nothing."""

from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.urls import reverse

from tests.factories import a_member, a_story
from tests.surroundings import SQLITE

pytestmark = [pytest.mark.lane(SQLITE), pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

EVIL = "evil.example"
# Made by rule: each way to begin an address that some browser takes for another host, with each way to name that host.
BEGINNINGS = (
    "//",
    "///",
    "////",
    "/\\",
    "\\\\",
    "\\/",
    "/\t/",
    "\t//",
    "\n//",
    "/\n/",
    "http:",
    "http:/",
    "http://",
    "https:////",
)
HOSTS = (EVIL, f"{EVIL}/%2f..", f"testserver@{EVIL}", f"{EVIL}#testserver", f"{EVIL}?testserver")
AWAY = [f"{beginning}{host}" for beginning in BEGINNINGS for host in HOSTS]
AWAY += [
    f"javascript:alert(1)//{EVIL}",
    f"data:text/html,{EVIL}",
    f"ftp://{EVIL}",
    f"//{EVIL}:80",
    f"//{EVIL}.",
    "//%65vil.example",
]
AWAY += [
    f"http://testserver.{EVIL}",
    f"http://{EVIL}\\@testserver",
    f"/%09/{EVIL}",
    f"/%5c{EVIL}",
    f"/.//{EVIL}",
    "http://[::1]",
]


def leads_to(answer) -> str:
    """The host that a browser would ask after this answer, as browsers read addresses."""
    place = answer.headers.get("Location", "")
    for sign in "\t\n\r":
        place = place.replace(sign, "")
    return urlsplit(urljoin("http://testserver/x/", place.replace("\\", "/"))).netloc


def test_there_are_enough_of_them():
    assert len(set(AWAY)) >= 79


@pytest.mark.parametrize("address", AWAY)
def test_signing_in_leads_nowhere_else(client, address):
    member = a_member()
    form = {"login": member.username, "password": "correct horse battery", "next": address}
    answer = client.post(reverse("account_login"), form)
    assert answer.status_code == 302
    assert leads_to(answer) == "testserver"
    assert leads_to(client.get(reverse("account_login"), {"next": address})) == "testserver"


@pytest.mark.parametrize("address", AWAY[::4])
@pytest.mark.parametrize(
    "name", ["account_logout", "account_reauthenticate", "account_signup", "account_change_password"]
)
def test_no_other_page_leads_elsewhere(client, name, address):
    client.force_login(a_member())
    for answer in (
        client.get(reverse(name), {"next": address}),
        client.post(reverse(name), {"next": address, "password": "correct horse battery"}),
    ):
        assert leads_to(answer) == "testserver"


@pytest.mark.parametrize("path", [f"//{EVIL}/x", f"/\\{EVIL}", f"//{EVIL}/~a", f"//{EVIL}/story/1", f"/%2f{EVIL}/log"])
def test_a_path_that_looks_like_a_host_leads_nowhere_else(client, path):
    answer = client.get(quote(path, safe="/%"))
    assert leads_to(answer) == "testserver"


def test_signing_in_still_leads_back_to_where_one_was(client):
    """Else the tests above would prove nothing."""
    member, place = a_member(), "/log/?by=1"
    form = {"login": member.username, "password": "correct horse battery", "next": place}
    assert client.post(reverse("account_login"), form)["Location"] == place


# -- Hosts, and what a shared cache might keep ------------------------------------------------------------------------


@pytest.mark.parametrize("host", [EVIL, f"testserver@{EVIL}", f"testserver.{EVIL}", "testserver:80@x", "", "[::1"])
def test_a_foreign_host_is_answered_nothing(client, host):
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 400
    assert EVIL not in answer.content.decode()


POISON = {
    "X-Forwarded-Host": EVIL,
    "X-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Original-URL": "/admin/",
    "X-Rewrite-URL": "/admin/",
    "X-Forwarded-Prefix": f"//{EVIL}",
    "X-HTTP-Method-Override": "DELETE",
    "Forwarded": f"host={EVIL}",
    "Referer": f"http://{EVIL}/",
    "Origin": f"http://{EVIL}",
    "Accept-Language": "xx<script>",
    "User-Agent": "<script>",
}


@pytest.mark.parametrize("name", POISON)
@pytest.mark.parametrize("place", ["front", "log", "log_json", "log_feed", "account_reset_password"])
def test_no_header_that_a_cache_does_not_know_changes_a_page(client, name, place):
    a_story()
    plain = without_token(client.get(reverse(place)))
    assert without_token(client.get(reverse(place), headers={name: POISON[name]})) == plain


def without_token(answer) -> tuple:
    page = answer.content.decode()
    token = str(answer.context["csrf_token"]) if answer.context and "csrf_token" in answer.context else ""
    return answer.status_code, answer.headers.get("Location"), page.replace(token, "") if token else page


def test_mails_name_the_sites_own_host(client, mailoutbox):
    member = a_member()
    client.post(reverse("account_reset_password"), {"email": member.email}, headers={"x-forwarded-host": EVIL})
    assert mailoutbox
    assert EVIL not in mailoutbox[0].body


@pytest.mark.parametrize("ending", ["x.css", "x.js", "%2fx.css", ";x.css", "%00x.css", ".css"])
@pytest.mark.parametrize("page", ["/preferences/", "/inbox/", "/points/"])
def test_a_personal_page_answers_to_no_name_of_a_file(client, page, ending):
    client.force_login(a_member())
    assert client.get(page + ending).status_code in {400, 404}
