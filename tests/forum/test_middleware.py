"""What no page has to check for itself: nonsense on its way in, answers that belong to one person, empty refusals."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from forum.middleware import PersonalPages
from tests.factories import a_member, a_story
from tests.pages import read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address", ["/~a%00b/", "/topic/a%00b/", "/?page=%00", "/?threshold=%00&x=%ff", "/?%00=1", "/%00"]
)
def test_a_nul_in_an_address_is_refused_in_words(client, address):
    assert "That request made no sense" in read(client.get(address), 400).words


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken", "reading", "messages"])
def test_a_nul_in_a_cookie_is_refused_in_words(client, cookie):
    answer = client.get("/", headers={"cookie": f'{cookie}="\\000aaaaaaaaaaaaaa"'})
    assert "That request made no sense" in read(answer, 400).words


def test_a_percent_sign_before_two_noughts_is_no_nul(client):
    assert client.get("/?page=%2500").status_code == client.get("/?page=x").status_code


@pytest.mark.parametrize("charset", ["hex", "idna", "unicode_escape", "utf-16", "UTF-7"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_charset_other_than_utf_8_is_refused_in_words(client, method, kind, charset):
    body = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n\\ud800\r\n--x--\r\n'
    sent = client.generic(method, reverse("account_login") + "?a=%41", body, content_type=f"{kind}; charset={charset}")
    assert "That request made no sense" in read(sent, 400).words


def test_utf_8_may_be_declared(client):
    kind = 'application/x-www-form-urlencoded; charset="UTF-8"'
    assert client.generic("POST", reverse("account_login"), b"login=x", content_type=kind).status_code == 200


def test_a_refusal_carries_the_headers_of_every_page(client):
    answer = client.get("/?page=%00")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_page_for_one_person_is_for_no_shared_cache(client):
    client.force_login(a_member())
    for address in ("/", a_story().get_absolute_url(), "/preferences/", "/inbox/"):
        assert "private" in client.get(address)["Cache-Control"], address


def test_an_answer_that_hands_out_a_cookie_is_for_no_shared_cache():
    def page(request):
        response = HttpResponse()
        response.set_cookie("reading", "x")
        return response

    assert PersonalPages(page)(RequestFactory().get("/"))["Cache-Control"] == "private"


def test_a_page_that_says_how_to_keep_it_is_believed():
    request = RequestFactory().get("/", headers={"cookie": "sessionid=x"})
    page = PersonalPages(lambda request: HttpResponse(headers={"Cache-Control": "max-age=60"}))(request)
    assert page["Cache-Control"] == "max-age=60"


def test_what_a_stranger_reads_may_be_shared(client):
    assert not client.get("/robots.txt").has_header("Cache-Control")


def test_my_preferences_are_not_kept_by_the_browser_either(client):
    client.force_login(a_member())
    assert "no-store" in client.get("/preferences/")["Cache-Control"]


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_a_wrong_method_is_refused_in_words_and_told_the_right_ones(client, is_signed_in):
    if is_signed_in:
        client.force_login(a_member())
    answer = client.post("/")
    assert "Not in this way" in read(answer, 405).words
    assert answer["Allow"] == "GET, HEAD"
