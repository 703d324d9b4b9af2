"""Take the pictures of docs/screenshots from a fresh example community: ``make screenshots``.

Community and clock are the same each time, so a picture changes only when a page does.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from itertools import product
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIServer

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests import services
from tests.lanes import path_of_chromium

ROOT = Path(__file__).resolve().parent.parent.parent
PLACE = ROOT / "docs/screenshots"
WIDTHS = (1280, 390)  # px
STORY_WIDTHS = (768, 320)  # px, for what people come for: the story page
HEIGHTS = 700, 1400  # px, at least and at most
SCHEMES = ("light", "dark")
COLOURS = 96  # enough for pages of text, and a third of the bytes
KILOBYTES_MAX = 2_500  # of all pictures together


# -- The site ----------------------------------------------------------------------------------------------------


@contextmanager
def site_of(make: Callable[[datetime], object]) -> Iterator[str]:
    """The address of a site that ``make`` filled, in a database of its own, at a time of its own."""
    with services.private_folder() as folder:
        begin(folder)
        import time_machine

        from tests.browser.example import NOW

        with time_machine.travel(NOW, tick=True):
            make(NOW)
            with served() as url:
                yield url


def example(now: datetime) -> None:
    """Some stories told word for word, for pages that are read."""
    from tests.browser.example import make_example

    make_example()


def community(now: datetime) -> None:
    """Weeks of an invented community, for pages that need a history, and an editor to look at them."""
    from forum.management.community import fake_site
    from tests.factories import an_editor

    fake_site(members=40, stories=12, seed=1, now=now)
    an_editor("Edith", now=now)


def begin(folder: Path) -> None:
    """Start Django on an empty database in this folder."""
    own = {"DATABASE_URL": f"sqlite:///{folder}/site.sqlite3", "REDIS_URL": "", "EMAIL_URL": "", "ALLOWED_HOSTS": ""}
    own |= {"SECRET_KEY": secrets.token_urlsafe(50), "DEBUG": "true", "LOG_LEVEL": "ERROR", "TIME_ZONE": "UTC"}
    own |= {"STATIC_ROOT": str(folder)}
    # The browser's driver keeps an event loop running in the thread that also asks the database.
    own |= {"DJANGO_SETTINGS_MODULE": "forum.settings", "DJANGO_ALLOW_ASYNC_UNSAFE": "true", "SITE_NAME": "Threshold"}
    os.environ.update(own)
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.DEBUG = False  # its pages of errors are for developers, not for pictures
    call_command("migrate", verbosity=0)


@contextmanager
def served() -> Iterator[str]:
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    server: WSGIServer = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler, connections_override=None)
    server.set_app(WSGIHandler())
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


# -- The pictures --------------------------------------------------------------------------------------------------


Pages = dict[str, tuple[str, str]]


def pages_of_the_example() -> Pages:
    """What is worth a picture, by name: who looks ("" for a visitor), and where."""
    from comments.models import Comment
    from stories.models import Story

    story = Story.objects.filter(archive=None, state=Story.State.PUBLISHED).latest("published_at")
    first = Comment.objects.filter(discussion=story.discussion).earliest("pk")
    desk = "/admin/comments/comment/"
    return {
        "front": ("", "/"),
        "story": ("", story.get_absolute_url()),
        "reply": ("Robin", f"/reply/{story.discussion_id}/{first.pk}/"),
        "inbox": ("Robin", "/inbox/"),
        "admin-comments": ("Edith", f"{desk}?discussion={story.discussion_id}"),
        "admin-stories": ("Edith", "/admin/stories/story/"),
    }


def pages_of_the_community() -> Pages:
    """The same for what moderation leaves behind: who has points, who is asked to judge, who appealed."""
    from django.db.models import Count
    from django.urls import reverse
    from django.utils import timezone

    from moderation.models import Appeal, Moderation, PointGrant

    holders = PointGrant.objects.spendable(timezone.now()).order_by("pk")
    moderator = holders.values_list("member__username", flat=True).first()
    appeal = Appeal.objects.select_related("appellant", "act").earliest("pk")
    telling = Moderation.objects.filter(comment__score__gte=2).values("comment").annotate(times=Count("pk"))
    comment = telling.order_by("-times", "comment").values_list("comment", flat=True).first()
    return {
        "score": ("", f"/comment/{comment}/score/"),
        "desk": (moderator, "/moderate/"),
        "points": (moderator, "/points/"),
        "metamoderation": (somebody_asked_to_judge(), "/metamoderate/"),
        "log": ("", "/log/"),
        "appeal": (appeal.appellant.username, appeal.act.get_absolute_url()),
        "admin-economy": ("Edith", reverse("economy")),
        "admin-policy": ("Edith", reverse("admin:rulebook_policyversion_changelist")),
    }


def somebody_asked_to_judge() -> str:
    """The first member for whom moderations wait."""
    from django.utils import timezone

    from forum.accounts.actions import Refused
    from forum.accounts.models import User
    from moderation.actions import draw_sitting

    for member in User.objects.order_by("pk"):
        try:
            if draw_sitting(member=member, now=timezone.now()):
                return member.username
        except Refused:
            continue
    raise LookupError("nobody may metamoderate in the community")


def refuse(page: Page) -> None:
    """Send a reply that the site will not take."""
    page.locator("main [name=subject]").fill("")
    page.locator("main [name=body]").fill("> you want a sheet of paper\n\nI have the page open on a tablet, in a bag.")
    page.locator("form.reply").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Post").click()
    page.locator("[role=alert]").wait_for()
    page.wait_for_load_state()


def take(browser: Browser, url: str, pages: Pages, width: int, scheme: str, media: str = "screen") -> Iterator[Path]:
    from forum.accounts.models import User
    from tests.browser.visitor import Visitor

    for name, (who, address) in pages.items():
        page = browser.new_page(viewport={"width": width, "height": HEIGHTS[0]}, color_scheme=scheme)
        visitor = Visitor(page, url, [])
        if who:
            visitor.become(User.objects.get(username=who))
        visitor.go(address)
        if name == "reply":
            refuse(page)
        page.emulate_media(media=media)
        page.set_viewport_size({"width": width, "height": height_of(page)})
        page.mouse.move(0, 0)
        yield keep(page.screenshot(animations="disabled"), f"{name}-{width}-{scheme if media == 'screen' else media}")
        page.close()


def height_of(page: Page) -> int:
    """As high as the page, within bounds."""
    return min(page.evaluate("document.documentElement.scrollHeight"), HEIGHTS[1])


def keep(picture: bytes, name: str) -> Path:
    path = PLACE / f"{name}.webp"
    small = Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.convert("RGB").save(path, lossless=True, quality=100, method=4)
    return path


SITES = {"example": (example, pages_of_the_example), "community": (community, pages_of_the_community)}


def take_all(name: str) -> None:
    """The pictures of one site."""
    make, pages = SITES[name]
    with site_of(make) as url, sync_playwright() as driver:
        from tests.browser.conftest import LAUNCH_ARGUMENTS

        browser = driver.chromium.launch(executable_path=path_of_chromium(), args=LAUNCH_ARGUMENTS)
        chosen = pages()
        for width, scheme in product(WIDTHS, SCHEMES):
            list(take(browser, url, chosen, width, scheme))
        if story := {page: chosen[page] for page in chosen.keys() & {"story"}}:
            for width, scheme in product(STORY_WIDTHS, SCHEMES):
                list(take(browser, url, story, width, scheme))
            list(take(browser, url, story, STORY_WIDTHS[0], "light", "print"))
        browser.close()


def main(names: list[str]) -> None:
    """Each site in a process of its own, because Django is set up on one database in each."""
    PLACE.mkdir(parents=True, exist_ok=True)
    if names:
        return take_all(*names)
    for name in SITES:
        subprocess.run([sys.executable, "-m", "tests.browser.screenshots", name], check=True, cwd=ROOT)
    sizes = [path.stat().st_size for path in PLACE.glob("*.webp")]
    kilobytes = sum(sizes) // 1000
    print(f"{len(sizes)} pictures in docs/screenshots, {kilobytes} kB.")
    sys.exit(kilobytes > KILOBYTES_MAX and f"At most {KILOBYTES_MAX} kB are wanted.")


if __name__ == "__main__":
    main(sys.argv[1:])
