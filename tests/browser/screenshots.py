"""Take the pictures of docs/screenshots from a fresh example community: ``make screenshots``."""

import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests import services
from tests.browser.conftest import LAUNCH_ARGUMENTS
from tests.lanes import path_of_chromium

ROOT = Path(__file__).resolve().parent.parent.parent
PLACE = ROOT / "docs/screenshots"
SIZES = {"wide": (1280, 1000), "phone": (390, 844)}
SCHEMES = ("light", "dark")
FIRST_STORY = "main article h2 a"
COLOURS = 128  # enough for pages of text; a quarter of the bytes
SECONDS_TO_START = 120


@contextmanager
def example_site() -> Iterator[str]:
    """The address of a site with the example community, in a database of its own."""
    with services.private_folder() as folder:
        port = services.free_port()
        url = f"http://localhost:{port}"
        own = {"DATABASE_URL": f"sqlite:///{folder}/site.sqlite3", "REDIS_URL": "", "EMAIL_URL": "", "SITE_URL": url}
        own |= {"SECRET_KEY": secrets.token_urlsafe(50), "DEBUG": "true", "PORT": str(port), "ALLOWED_HOSTS": ""}
        command = [sys.executable, "manage.py", "run_demo"]
        server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **own}, start_new_session=True)
        try:
            wait_for(url, server)
            yield url
        finally:
            os.killpg(server.pid, 15)
            server.wait()


def wait_for(url: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=10).close()
        except OSError:
            time.sleep(0.3)
        else:
            return
    sys.exit(f"The example site did not answer on {url}.")


def pages_of(page: Page, url: str) -> dict[str, str]:
    """The addresses worth a picture, by name."""
    page.goto(url)
    return {"front": url, "story": page.locator(FIRST_STORY).first.evaluate("link => link.href")}


def keep(picture: bytes, name: str) -> None:
    small = Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS)
    small.save(PLACE / f"{name}.png", optimize=True)
    print(f"docs/screenshots/{name}.png")


def take_all(browser: Browser, url: str) -> None:
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            for name, address in pages_of(page, url).items():
                page.goto(address)
                keep(page.screenshot(), f"{name}-{size}-{scheme}")
            page.close()


def main() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    with example_site() as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path_of_chromium(), args=LAUNCH_ARGUMENTS)
        take_all(browser, url)
        browser.close()


if __name__ == "__main__":
    main()
