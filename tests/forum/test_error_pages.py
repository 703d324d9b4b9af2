"""Pages for when something is wrong, and what every page may weigh."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse

from forum import views
from tests.factories import a_story
from tests.pages import Page, read

STATIC = Path(settings.BASE_DIR) / "static"
BASE = Path(settings.BASE_DIR) / "templates/base.html"
# Bytes of the styles that every page loads, of one page's own styles, and of all scripts as they are sent.
CSS_MAX, PAGE_CSS_MAX, JS_MAX = 25_000, 5_000, 12_800
# Loaded by visitors' forms, and only on a site that asks for challenges.
BY_ITSELF, BY_ITSELF_MAX = "challenge.js", 1_400


@pytest.mark.django_db
def test_a_page_that_is_not_there_leads_to_the_front_page(client):
    page = read(client.get("/nowhere/"), 404)
    assert "There is nothing here" in page.words
    assert page.links["Go to the front page"] == reverse("front")


@pytest.mark.django_db
def test_a_form_from_an_old_page_is_refused_in_words():
    strict = Client(enforce_csrf_checks=True)
    page = read(strict.post(reverse("comment_on", args=[a_story().discussion_id]), {"body": "x"}), 403)
    assert "Please send it again" in page.words


def test_the_page_for_a_failure_needs_nothing_that_could_fail():
    answer = views.server_error(RequestFactory().get("/"))
    page = Page(answer.content.decode())
    assert (answer.status_code, page.faults) == (500, [])
    assert "what you typed is still in the form" in page.words


def sizes(kind):
    # The admin's own styles are no part of a reader's page.
    return {path.name: path.stat().st_size for path in (STATIC / kind).glob(f"*.{kind}") if "admin" not in path.name}


def test_styles_and_scripts_stay_light():
    shared = set(re.findall(r"css/([\w-]+\.css)", BASE.read_text()))
    styles = sizes("css")
    assert sum(styles[name] for name in shared) <= CSS_MAX
    assert not [name for name in styles.keys() - shared if styles[name] > PAGE_CSS_MAX]
    sent = {name: len(gzip.compress((STATIC / "js" / name).read_bytes(), 9)) for name in sizes("js")}
    assert sent.pop(BY_ITSELF) <= BY_ITSELF_MAX
    assert sum(sent.values()) <= JS_MAX


def test_a_page_asks_only_for_styles_and_scripts_that_exist():
    asked = (Path(settings.BASE_DIR) / "templates/500.html").read_text().split('href="/static/')[1:]
    assert asked
    assert all((STATIC / link.split('"')[0]).is_file() for link in asked)


def test_colours_are_named_once():
    """Only tokens.css holds colours; every name used elsewhere is defined there."""
    tokens = (STATIC / "css/tokens.css").read_text()
    pages = (BASE.parent / "admin").glob("*.html")
    # Pages of the admin use the names of Django's own styles as well.
    admins = {"admin.css"} | {name for page in pages for name in re.findall(r"css/([\w-]+\.css)", page.read_text())}
    others = "".join(
        path.read_text() for path in (STATIC / "css").glob("*.css") if path.name not in {"tokens.css", *admins}
    )
    assert not set(re.findall(r"var\((--[\w-]+)", others)) - set(re.findall(r"(--[\w-]+):", tokens))
    assert not re.findall(r"#[0-9a-f]{3,8}\b", others)
