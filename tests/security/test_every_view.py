"""Hostile words in every column of text: every view answers, and what is no page is what it says it is.

The pages are looked at in a browser: tests/browser/test_hostile_walk.py.
"""

import io
import json
import zipfile
from collections import Counter
from email import message_from_bytes
from html import unescape
from xml.etree import ElementTree

import pytest
from django.core import mail

from forum.notifications.models import Notification
from forum.notifications.tasks import send_pending_notifications
from forum.text import clean_line
from tests.security.payloads import every_text
from tests.security.stored import (
    Words,
    columns_of_words,
    every_view,
    fill,
    take_along,
    words_for_every_column,
)

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def words(quiet, other_site, everything) -> set[str]:
    """Every text in some column, and some text in every column; the columns that were filled."""
    words_for_every_column(everything)
    taken = Words(every_text(200))
    filled = fill(taken)
    assert taken.used >= len(every_text(200))
    return filled


def test_no_column_is_forgotten(words):
    assert words == {f"{model._meta.label}.{one.name}" for model, columns in columns_of_words() for one in columns}


def test_every_view_answers_and_is_what_it_says(words, everything):
    kinds, failed = Counter(), []
    for view in every_view(everything):
        kinds[view.kind] += view.answer.status_code == 200
        if view.answer.status_code >= 500:
            failed.append(view.name)
        assert view.answer.headers["X-Content-Type-Options"] == "nosniff"
        if view.kind == "application/json":
            json.loads(view.answer.content)
        if view.kind == "application/atom+xml":
            check_feed(view.answer.content)
    assert not failed
    assert kinds["text/html"] >= 250
    assert kinds["application/json"] >= 10
    assert kinds["application/atom+xml"] >= 3


def check_feed(content: bytes) -> None:
    """Well-formed, nothing but Atom in it, and what a feed's reader takes for HTML has no tag."""
    feed = ElementTree.fromstring(content)
    assert {one.tag.startswith(ATOM) for one in feed.iter()} == {True}
    shown = [one.text or "" for one in feed.iter() if one.get("type") == "html"]
    assert len(shown) > 5
    assert not [text for text in shown if "<" in text]
    assert any("<" in unescape(text) for text in shown)  # hostile words did come so far


def test_letters_are_plain_text_on_their_way_to_one_address(words):
    for one in Notification.objects.all():  # with a line as leave_notification stores it
        Notification.objects.filter(pk=one.pk).update(line=clean_line(one.line), wants_mail=True, mailed_at=None)
    assert send_pending_notifications() == len(mail.outbox) == Notification.objects.count() > 10
    headers = set()
    for letter in mail.outbox:
        message = message_from_bytes(letter.message().as_bytes())
        headers.add(tuple(sorted(message.keys())))
        assert message.get_content_type() == "text/plain"
        assert not message.is_multipart()
        assert len(letter.recipients()) == 1
    assert len(headers) == 1  # no words became a header


def test_what_is_taken_along_is_lines_of_json_and_a_page_without_anything_that_runs(words, everything):
    with zipfile.ZipFile(io.BytesIO(take_along(everything))) as archive:
        for name in archive.namelist():
            if name.endswith(".jsonl"):
                [json.loads(line) for line in archive.read(name).split(b"\n") if line]
        page = archive.read("comments.html").decode()
    assert "hit()" in page
    assert "<script" not in page
