"""What check_site does: every app's integrity in turn, and the actions that set right what can be computed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from rich.console import Console
from rich.progress import track

from comments import integrity as comments
from comments.models import Comment, Discussion
from forum.accounts import integrity as accounts
from forum.accounts.models import User
from forum.integrity import BATCH, Problem
from forum.management import replay
from forum.management.findings import Finding, Part
from forum.notifications import integrity as notifications
from moderation import integrity as moderation
from stories import integrity as stories
from stories.actions import restore_address, restore_order

TREE_KINDS = {"level", "tree", "nesting", "order"}
ADDRESS_KINDS = {"slug", "link", "title"}


# -- Discussions ---------------------------------------------------------------------------------------------------


def _all_discussions() -> Iterable[int]:
    """Every discussion, with a progress bar on a terminal."""
    console = Console(stderr=True)
    hide = not console.is_terminal
    total = Discussion.objects.count()
    return track(_page_by_page(), "Checking", total=total, console=console, disable=hide, transient=True)


def _page_by_page() -> Iterator[int]:
    # No statement stays open between two pages, because mending writes.
    last = 0
    while page := list(Discussion.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield from page
        last = page[-1]


def _problems_of(number: int) -> list[Problem]:
    looks = (comments.check_discussion, moderation.check_discussion, stories.check_discussion)
    return [problem for look in looks for problem in look(number)]


def _mend_discussion(number: int, kinds: set[str]) -> None:
    replay.mend_discussion(number, kinds)
    if kinds & TREE_KINDS:
        restore_order(number)
    if kinds & ADDRESS_KINDS:
        restore_address(number)


# -- The whole site ------------------------------------------------------------------------------------------------

# Karma comes after the discussions, because mending those may take karma back.
PARTS = (
    (_all_discussions, Part(replay.locked(_problems_of), _mend_discussion)),
    *((partial(replay.suspects, ledger), ledger.part) for ledger in (replay.GRANTS, replay.KARMA, replay.TOKENS)),
)
ASTRAY = (
    comments.comments_astray,
    moderation.moderations_astray,
    stories.stories_astray,
    notifications.doubled_notifications,
    accounts.names_astray,
)


def check_site(*, is_repairing: bool) -> Iterator[Finding]:
    """Everything that is not as it must be, part by part; what was mended is looked at again before it is believed."""
    for numbers, part in PARTS:
        for number in numbers():
            yield from part.check(number, is_repairing=is_repairing)
    for look in ASTRAY:
        yield from map(Finding, look())


@dataclass
class Report:
    """The whole check in numbers, and its findings."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def left(self) -> int:
        return sum(not finding.is_repaired for finding in self.findings)

    def checked(self) -> dict[str, int]:
        return {
            "discussions": Discussion.objects.count(),
            "comments": Comment.objects.count(),
            "members": User.objects.count(),
        }

    def line(self) -> str:
        checked = ", ".join(f"{number} {name}" for name, number in self.checked().items())
        repaired = len(self.findings) - self.left
        return f"Checked {checked}: {len(self.findings)} problems found, {repaired} repaired, {self.left} left."

    def as_json(self) -> dict:
        problems = [finding.as_json() for finding in self.findings]
        return {"is_clean": not self.left, "left": self.left, "checked": self.checked(), "problems": problems}
