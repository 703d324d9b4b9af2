"""The web server is killed in the middle of posting: nothing is half posted, the words are in the form that opens when
it is back, and the same form sent again posts once."""

import os
import signal
import threading
import urllib.request
from contextlib import contextmanager, suppress
from http.client import HTTPException
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from comments.models import Comment, Discussion, Draft
from forum.accounts.models import User
from tests import services
from tests.factories import a_member, a_story
from tests.faults.conftest import INPUT, WEB, answers_at, running, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "Words that took an evening to find."


@contextmanager
def web_server(folder):
    """The address of the site on the test's own database, and its process."""
    port, log = services.free_port(), folder / "web.log"
    database = services.beside(os.environ["DATABASE_URL"], settings.DATABASES["default"]["NAME"])
    surroundings = {"DATABASE_URL": database, "REDIS_URL": "", "DEBUG": "true"}
    with running([*WEB.split(), "--bind", f"127.0.0.1:{port}"], surroundings, log) as process:
        wait_until(lambda: answers_at(f"http://127.0.0.1:{port}"), log)
        yield f"http://127.0.0.1:{port}", process


class Browser:
    """A member's, with the cookies of somebody who is signed in."""

    def __init__(self, member):
        client = Client()
        client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
        self.cookies = {name: morsel.value for name, morsel in client.cookies.items()}

    def ask(self, address: str, form: dict | None = None) -> tuple[int, str]:
        """The status and the page, after whatever redirects."""
        request = urllib.request.Request(address, form and urlencode(form).encode())
        request.add_header("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()

    def form(self, address: str) -> tuple[dict, str]:
        """The hidden fields of the form there, and the page; its cookie is kept."""
        request = urllib.request.Request(address)
        request.add_header("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        with urllib.request.urlopen(request, timeout=30) as answer:
            page = answer.read().decode()
            for line in answer.headers.get_all("Set-Cookie") or ():
                name, _, rest = line.partition("=")
                self.cookies[name] = rest.partition(";")[0]
        return dict(INPUT.findall(page)), page


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


# Before anything is written, and after everything is but for the draft, which goes last.
HELD = {"at the discussion": (Discussion, {}), "behind the comment": (User, {"is_anonymous": "on"})}


@pytest.mark.parametrize("where", HELD)
def test_a_server_killed_while_it_posts_loses_nothing_and_posts_nothing_twice(where, tmp_path):
    story, member = a_story(), a_member()
    model, name = HELD[where]
    held = model.objects.filter(pk=story.discussion_id if model is Discussion else member.pk)
    browser, path = Browser(member), f"/reply/{story.discussion_id}/"
    with web_server(tmp_path) as (site, process):
        hidden, _ = browser.form(site + path)
        said = {**hidden, "subject": "A subject", "body": WORDS, "markup": "plain"} | name
        said.pop("preview", None)
        assert browser.ask(site + path, said | {"preview": "1"})[0] == 200
        sent = threading.Thread(target=lambda: ask_in_vain(browser, site + path, said | {"post": "1"}))
        with transaction.atomic():
            held.select_for_update().get()
            sent.start()
            wait_until(somebody_waits, tmp_path / "web.log")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    sent.join()
    assert not Comment.objects.exists()
    assert Draft.objects.get().body == WORDS
    with web_server(tmp_path) as (site, _):
        _, page = browser.form(site + path)
        assert WORDS in page
        assert "Your draft of" in page
        assert {browser.ask(site + path, said | {"post": "1"})[0] for _ in range(3)} == {200}
    assert Comment.objects.get().text.source == WORDS
    assert not Draft.objects.exists()


def ask_in_vain(browser, address, form):
    with suppress(OSError, HTTPException):
        browser.ask(address, form)
