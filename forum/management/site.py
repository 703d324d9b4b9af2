"""What check_site does: every app's integrity in turn, and the actions that set right what can be computed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field

from django.db import transaction
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from comments import integrity as comments
from comments.actions import lock_discussion
from comments.models import Comment, Discussion
from forum.accounts import integrity as accounts
from forum.accounts.actions import recompute_karma
from forum.accounts.models import User
from forum.integrity import BATCH, Problem
from forum.notifications import integrity as notifications
from moderation import integrity as moderation
from moderation.actions import reconcile_discussion, reconcile_grant, withdraw_leftover_karma
from stories import integrity as stories
from stories.actions import restore_address, restore_order

TREE_KINDS = {"level", "tree", "nesting", "order"}
ADDRESS_KINDS = {"slug", "link", "title"}


@dataclass(frozen=True, slots=True)
class Part:
    """Something checked row by row: which rows, what is wrong with one of them, how its derived values are mended."""

    numbers: Callable[[], Iterable[int]]
    look: Callable[[int], Iterable[Problem]]
    mend: Callable[[int, set[str]], object]


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, and whether it is one no more."""

    problem: Problem
    is_repaired: bool = False

    def line(self) -> str:
        outcome = "repaired" if self.is_repaired else "can be repaired" if self.problem.is_derived else "needs a person"
        return f"{self.problem.line()} ({outcome})"

    def as_json(self) -> dict:
        return asdict(self.problem) | {"is_repaired": self.is_repaired}


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


def _look_at_discussion(number: int) -> list[Problem]:
    """Everything wrong with a discussion; looked at once more under its lock, because people post meanwhile."""
    if not _problems_of(number):
        return []
    with transaction.atomic():
        lock_discussion(number)
        return _problems_of(number)


def _problems_of(number: int) -> list[Problem]:
    looks = (comments.check_discussion, moderation.check_discussion, stories.check_discussion)
    return [problem for look in looks for problem in look(number)]


def _mend_discussion(number: int, kinds: set[str]) -> None:
    if "karma line" in kinds:
        withdraw_leftover_karma(discussion_id=number, now=timezone.now())
    if kinds & {"score", "total"}:
        reconcile_discussion(number)
    if kinds & TREE_KINDS:
        restore_order(number)
    if kinds & ADDRESS_KINDS:
        restore_address(number)


# -- The whole site ------------------------------------------------------------------------------------------------


def _wrong_grants() -> list[int]:
    return list(moderation.wrong_grants())


def _wrong_members() -> list[int]:
    return list(accounts.members_with_wrong_karma())


PARTS = (
    Part(_all_discussions, _look_at_discussion, _mend_discussion),
    Part(_wrong_grants, moderation.check_grant, lambda number, _: reconcile_grant(number)),
    # After the discussions, because mending those may take karma back.
    Part(_wrong_members, accounts.check_karma, lambda number, _: recompute_karma(number)),
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
    for part in PARTS:
        for number in part.numbers():
            yield from _check(part, number, is_repairing)
    for look in ASTRAY:
        yield from map(Finding, look())


def _check(part: Part, number: int, is_repairing: bool) -> Iterator[Finding]:
    found = list(part.look(number))
    kinds = {problem.kind for problem in found if problem.is_derived}
    if not (is_repairing and kinds):
        yield from map(Finding, found)
        return
    part.mend(number, kinds)
    left = list(part.look(number))
    yield from (Finding(problem, is_repaired=True) for problem in found if problem not in left)
    yield from map(Finding, left)


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
