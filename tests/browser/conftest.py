"""A real browser on a live site. Each page is also watched: it may not complain, and it may not leave the site."""

import os
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from stories.actions import import_raw
from stories.models import Story
from tests import services
from tests.browser.hostile import Counter
from tests.browser.visitor import Visitor
from tests.lanes import path_of_chromium

MILLISECONDS_OF_PATIENCE = 30_000  # a machine with other work once took eight seconds for a page
SEED = Path(__file__).parents[2] / "stories" / "seeds" / "0177069105.txt"
LAUNCH_ARGUMENTS = [
    "--no-sandbox",  # Chromium refuses its sandbox to root, and CI is root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=MILLISECONDS_OF_PATIENCE)
# The browser says this of every page that answers 4xx, though such a page is what its reader should see;
# what was answered is watched itself, with what it was an answer to.
SAYS_AGAIN = re.compile(r"Failed to load resource: the server responded with a status of \d+")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    try:
        path = path_of_chromium()
    except services.NotHere as reason:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(reason))
    return {**browser_type_launch_args, "executable_path": path, "args": LAUNCH_ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}


@pytest.fixture
def complaints(context, live_server) -> list[str]:
    """What the pages complained of so far; a test that expects a complaint empties the list."""
    heard: list[str] = []
    context.on("console", lambda message: heard.extend(said_aloud(message)))
    context.on("weberror", lambda problem: heard.append(str(problem.error)))
    context.on("request", lambda request: heard.extend(strange_address(request.url, live_server.url)))
    context.on("response", lambda answer: heard.extend(bad_answer(answer)))
    return heard


def said_aloud(message) -> list[str]:
    is_news = message.type in {"error", "warning"} and not SAYS_AGAIN.match(message.text)
    return [message.text] if is_news else []


def strange_address(url: str, home: str) -> list[str]:
    """A request that leaves the site; what a page carries in itself (data:, blob:) does not."""
    parts = urlsplit(url)
    leaves = parts.scheme in {"http", "https"} and parts.netloc != urlsplit(home).netloc
    return [f"asked another site: {url}"] if leaves else []


def bad_answer(answer) -> list[str]:
    """A failure of the site, or something of a page that is not there. Pages and scripts may be refused."""
    refused = {"document": range(400, 500), "fetch": (401, 409, 422)}.get(answer.request.resource_type, ())
    return [f"answered {answer.status}: {answer.url}"] if answer.status >= 400 and answer.status not in refused else []


@pytest.fixture(autouse=True)
def nothing_is_amiss(complaints):
    """Every browser test ends with a look at what its pages complained of."""
    yield
    assert not complaints


@pytest.fixture
def now() -> datetime:
    """The live site has the machine's clock, so what a test brings along happens now."""
    return timezone.now()


@pytest.fixture
def archived(now, live_server) -> Story:
    """The story that the project brings along, imported."""
    import_raw(raw=SEED.read_bytes(), encoding="utf-8", zone="America/New_York", dry_run=False, now=now)
    return Story.objects.get(archive__source_id=SEED.stem)


@pytest.fixture
def visitor(page, live_server, complaints) -> Visitor:
    """Somebody at the browser, who waits no longer than this for anything."""
    page.set_default_timeout(MILLISECONDS_OF_PATIENCE)
    return Visitor(page, live_server.url, complaints)


@pytest.fixture
def counter(page, live_server, complaints) -> Counter:
    """Hears whatever runs."""
    return Counter(page, live_server.url)


@pytest.fixture(
    params=[
        pytest.param("scripts", marks=pytest.mark.browser_context_args(java_script_enabled=True)),
        pytest.param("no scripts", marks=pytest.mark.browser_context_args(java_script_enabled=False)),
    ]
)
def either_way(request) -> bool:
    """The test runs twice: True with scripts, False without."""
    return request.param == "scripts"
