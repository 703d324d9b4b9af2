"""A real browser on a live site. Each page is also watched: it may not complain, and it may not leave the site."""

import os
from urllib.parse import urlsplit

import pytest

from tests import services
from tests.lanes import path_of_chromium

LAUNCH_ARGUMENTS = [
    "--no-sandbox",  # Chromium refuses its sandbox to root, and CI is root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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
def complaints(page, live_server) -> list[str]:
    """What the page complained of so far; a test that expects a complaint empties the list."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.extend(strange_address(request.url, live_server.url)))
    return heard


def strange_address(url: str, home: str) -> list[str]:
    """A request that leaves the site; what a page carries in itself (data:, blob:) does not."""
    parts = urlsplit(url)
    leaves = parts.scheme in {"http", "https"} and parts.netloc != urlsplit(home).netloc
    return [f"asked another site: {url}"] if leaves else []


@pytest.fixture(autouse=True)
def nothing_is_amiss(complaints):
    """Every browser test ends with a look at what its page complained of."""
    yield
    assert not complaints
