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


def test_a_complaint_of_the_page_is_heard(page, live_server, complaints):
    page.goto(live_server.url)
    page.evaluate("console.error('a planted complaint')")
    page.wait_for_timeout(50)
    assert complaints[-1] == "a planted complaint"
    complaints.clear()


def test_the_browser_refuses_code_inside_the_page(page, live_server, complaints):
    page.goto(live_server.url)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = true'}))")
    page.wait_for_timeout(50)
    assert page.evaluate("window.ran") is None
    assert "Content Security Policy" in complaints[-1]
    complaints.clear()


def test_a_request_to_another_site_is_noticed():
    assert strange_address("https://elsewhere.example/x.js", "http://localhost:8000")
    assert not strange_address("http://localhost:8000/static/css/tokens.css", "http://localhost:8000")
