"""What somebody does at the browser, in English."""

from contextlib import contextmanager
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Locator, Page, expect

SCHEMES, WIDTHS = ("light", "dark"), (1280, 390)
NARROW = (390, 320)  # at 320 px nothing may need scrolling in two directions (WCAG 2.1, reflow)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = [*WCAG, "best-practice"]
HEIGHT = 900


class Visitor:
    """Somebody at a browser with one page open."""

    def __init__(self, page: Page, home: str, complaints: list[str]):
        self.page, self.home, self.complaints = page, home, complaints

    # -- Moving around ---------------------------------------------------------------------------------------------

    def go(self, address: str) -> int:
        """Type an address of the site; the status of the answer."""
        return self.page.goto(self.home + address).status

    @property
    def place(self) -> str:
        """The path where the visitor is."""
        return urlsplit(self.page.url).path

    def follow(self, words: str, within: str = "main", exact: bool = True) -> None:
        """Click on the first link with these words, and wait for its page."""
        self.page.locator(within).get_by_role("link", name=words, exact=exact).first.click()
        self.page.wait_for_load_state()

    def press(self, words: str, within: str = "main", status: int = 200) -> None:
        """Press a button and wait for the page that answers, after whatever redirects there are."""
        with self.answer(status):
            self.page.locator(within).get_by_role("button", name=words, exact=True).first.click()

    @contextmanager
    def answer(self, status: int = 200):
        """What is done inside leads to a page with this status."""

        def is_a_page(answer):
            return answer.request.resource_type == "document" and not 300 <= answer.status < 400

        with self.page.expect_response(is_a_page) as coming:
            yield
        assert coming.value.status == status, (coming.value.status, coming.value.url)
        self.page.wait_for_load_state()

    # -- Reading ---------------------------------------------------------------------------------------------------

    def words(self, within: str = "main") -> str:
        """What is to be read there, with every run of space as one."""
        return " ".join(self.page.locator(within).first.inner_text().split())

    def sees(self, words: str, within: str = "main") -> None:
        expect(self.page.locator(within).first).to_contain_text(words)

    def does_not_see(self, words: str, within: str = "main") -> None:
        expect(self.page.locator(within).first).not_to_contain_text(words)

    def comment(self, comment) -> Locator:
        return self.page.locator(f"#comment-{comment.pk}")

    def opens(self, comment) -> Locator:
        """Open the line that a comment is, if it is one."""
        found = self.comment(comment)
        if found.get_attribute("open") is None and found.locator("summary").count():
            found.locator("summary h3").click()
        return found

    def subjects(self) -> list[str]:
        """The subjects of the comments on the page, in their order."""
        return self.page.locator(".thread .comment h3").all_inner_texts()

    # -- Filling in ------------------------------------------------------------------------------------------------

    def fill(self, **fields: str) -> None:
        """Type into the fields of the main form that have these names."""
        for name, value in fields.items():
            self.page.locator(f"main [name={name}]").fill(value)

    def typed(self, name: str) -> str:
        return self.page.locator(f"main [name={name}]").input_value()

    # -- Being somebody --------------------------------------------------------------------------------------------

    def become(self, member) -> None:
        """Be signed in, without the form that another test fills in."""
        client = Client()
        client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": self.home}])

    # -- Judging ---------------------------------------------------------------------------------------------------

    def page_faults(self, rules=RULES) -> list[str]:
        """What is wrong here for somebody: by axe, by day and night, wide and narrow; and scrolling sideways."""
        before = list(self.complaints)
        faults = [fault for width in WIDTHS for scheme in SCHEMES for fault in self._axe_faults(width, scheme, rules)]
        faults += [fault for width in NARROW for fault in self._too_wide(width)]
        self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        self.complaints[:] = before  # axe tries styles of its own, which the site refuses
        return faults

    def _axe_faults(self, width: int, scheme: str, rules: list[str]) -> list[str]:
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => 0)))")
        found = Axe().run(self.page, options={"runOnly": rules, "resultTypes": ["violations"]}).response["violations"]
        return [f"{width} px, {scheme}: {one['id']} at {node['target']}" for one in found for node in one["nodes"]]

    def _too_wide(self, width: int) -> list[str]:
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        extra = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return [f"{width} px: {extra} too wide"] if extra else []
