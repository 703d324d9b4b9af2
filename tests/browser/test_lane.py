"""The browser lane really drives a browser, and its watch really hears."""

import pytest
from django.db import connection

from tests.browser.conftest import strange_address

pytestmark = pytest.mark.django_db


def test_the_front_page_opens_in_a_real_browser(page, live_server):
    answer = page.goto(live_server.url)
    assert answer.status == 200
    assert page.title()
    assert connection.vendor == "sqlite"


@pytest.mark.parametrize(
    ("mishap", "words"),
    [
        ("console.error('a planted complaint')", "a planted complaint"),
        ("setTimeout(() => { throw new Error('a planted mistake') })", "a planted mistake"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        ("document.body.insertAdjacentHTML('beforeend', '<img src=/static/nowhere.png>')", "answered 404"),
        ("document.body.insertAdjacentHTML('beforeend', '<img src=//elsewhere.example/x.png>')", "another site"),
    ],
)
def test_a_complaint_of_the_page_is_heard(page, live_server, complaints, mishap, words):
    page.goto(live_server.url)
    page.evaluate(mishap)
    page.wait_for_timeout(100)
    assert any(words in complaint for complaint in complaints), complaints
    complaints.clear()


def test_a_failure_of_the_site_is_heard(page, live_server, complaints):
    page.route("**/broken/", lambda route: route.fulfill(status=500, body="Broken"))
    page.goto(f"{live_server.url}/broken/")
    assert complaints == [f"answered 500: {live_server.url}/broken/"]
    complaints.clear()


def test_the_browser_refuses_code_inside_the_page(page, live_server, complaints):
    page.goto(live_server.url)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = true'}))")
    page.wait_for_timeout(50)
    assert page.evaluate("window.ran") is None
    assert "Content Security Policy" in complaints[-1]
    complaints.clear()


def test_a_page_without_scripts_runs_none(visitor, either_way):
    visitor.page.set_content("<p id=told>no</p><script>document.getElementById('told').textContent = 'yes'</script>")
    assert visitor.words("#told") == ("yes" if either_way else "no")


def test_a_request_to_another_site_is_noticed():
    assert strange_address("https://elsewhere.example/x.js", "http://localhost:8000")
    assert not strange_address("http://localhost:8000/static/css/tokens.css", "http://localhost:8000")
