"""What no page has to check for itself: nonsense on its way in, answers that belong to one person, empty refusals."""

from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from forum.middleware import PersonalPages
from forum.wsgi import application
from tests.factories import a_member, a_story
from tests.pages import read

pytestmark = pytest.mark.django_db
CODECS = ("hex", "idna", "unicode_escape", "utf-16", "UTF-7", '"hex"', "nonsense")


def served(method: str, content_type: str) -> tuple[str, str]:
    """The status and the page that the web server gets from the site for a form sent to the sign-in."""
    body = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n\\ud800\r\n--x--\r\n'
    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/accounts/login/", "QUERY_STRING": "a=%41"}
    environ |= {"HTTP_HOST": "testserver", "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}
    setup_testing_defaults(environ)
    statuses = []
    answer = application(environ | {"wsgi.input": BytesIO(body)}, lambda status, headers: statuses.append(status))
    return statuses[0], b"".join(answer).decode()


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


@pytest.mark.parametrize("parameter", [f"charset={name}" for name in CODECS] + ["x*=hex''%41", "charset*=hex''%41"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_charset_other_than_utf_8_is_refused_in_words(method, kind, parameter):
    status, page = served(method, f"{kind}; {parameter}")
    assert status.startswith("400")
    assert "That request made no sense" in page


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


@pytest.mark.usefixtures("at_noon")
def test_trying_too_often_is_answered_in_words(client):
    form = {"email": "nobody@example.org"}
    answers = [client.post(reverse("account_reset_password"), form) for _ in range(30)]
    assert "Too many at once" in read(answers[-1], 429).words
