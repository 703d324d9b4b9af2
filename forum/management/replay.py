"""What replay does: every copy that is kept of the logs held against them, page by page, and mended where it differs.

A page is looked at as a whole, by statements over sorted rows, for rows that are suspected. Only those are looked at
one by one, under their locks where several statements have to agree, since people post meanwhile.
"""

import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.db import models, transaction
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from comments.actions import lock_discussion
from comments.integrity import discussions_with_wrong_totals
from comments.models import Comment, Discussion
from forum.accounts import integrity as accounts
from forum.accounts.actions import reconcile_karma
from forum.accounts.models import KarmaChange, User
from forum.integrity import Problem
from forum.management.findings import Finding, Part
from moderation import actions
from moderation import integrity as moderation
from moderation.models import Moderation, Moderator, PointEntry, PointGrant, Reversal, TokenEntry

LISTED_MAX = 1_000  # differences told one by one; all are counted
KILOBYTES = 1_024


@dataclass(frozen=True, slots=True)
class Ledger:
    """A log and what is kept of it: by which rows, how many to a page, and which of a page are suspected."""

    name: str
    rows: type[models.Model]
    page: int
    suspects: Callable[[int, int], Iterable[int]]
    part: Part


# -- Pages ---------------------------------------------------------------------------------------------------------


def pages(ledger: Ledger) -> Iterator[tuple[int, int]]:
    """The first and last number of each page. No statement stays open between two pages, because mending writes."""
    last = 0
    while page := list(ledger.rows._base_manager.filter(pk__gt=last).order_by("pk").values_list("pk")[: ledger.page]):
        (first,), (last,) = page[0], page[-1]
        yield first, last


def suspects(ledger: Ledger) -> Iterator[int]:
    """Rows that may be wrong, with a progress bar on a terminal."""
    console = Console(stderr=True)
    total = -(-ledger.rows._base_manager.count() // ledger.page)
    bar = {"total": total, "console": console, "disable": not console.is_terminal, "transient": True}
    for first, last in track(pages(ledger), f"{ledger.name:<12}", **bar):
        yield from sorted(set(ledger.suspects(first, last)))


# -- The ledgers ---------------------------------------------------------------------------------------------------


def _suspected_discussions(first: int, last: int) -> Iterator[int]:
    yield from (one.discussion_id for one in moderation.out_of_step(discussion__pk__range=(first, last)))
    yield from discussions_with_wrong_totals(pk__range=(first, last))


def _unbalanced_discussions(first: int, last: int) -> Iterator[int]:
    yield from (one.discussion_id for one in moderation.unbalanced_karma(pk__range=(first, last)))


def locked(look: Callable[[int], Iterable[Problem]]) -> Callable[[int], list[Problem]]:
    """A look at a discussion that, where it finds something, looks once more under the lock."""

    def look_twice(number: int) -> list[Problem]:
        if not list(look(number)):
            return []
        with transaction.atomic():
            lock_discussion(number)
            return list(look(number))

    return look_twice


def mend_discussion(number: int, kinds: set[str]) -> None:
    """Bring scores, withdrawals, totals and karma of one discussion up to its log."""
    if kinds & {"score", "withdrawal", "total"}:
        actions.reconcile_discussion(number)
    if "karma of a moderation" in kinds:
        actions.balance_karma(discussion_id=number, now=timezone.now())


GRANTS = Ledger(
    "Points",
    PointGrant,
    2_000,
    lambda first, last: moderation.wrong_grants(pk__range=(first, last)),
    Part(moderation.check_grant, lambda number, _: actions.reconcile_grant(number)),
)
KARMA = Ledger(
    "Karma",
    User,
    1_000,
    lambda first, last: accounts.members_with_wrong_karma(pk__range=(first, last)),
    Part(accounts.check_karma, lambda number, _: reconcile_karma(number)),
)
TOKENS = Ledger(
    "Tokens",
    User,
    1_000,
    lambda first, last: moderation.wrong_moderators(pk__range=(first, last)),
    Part(moderation.check_moderator, lambda number, _: actions.reconcile_moderator(number)),
)
LEDGERS = (
    Ledger("Scores", Discussion, 200, _suspected_discussions, Part(locked(moderation.check_copies), mend_discussion)),
    Ledger(
        "Withdrawals",
        Moderation,
        20_000,
        _unbalanced_discussions,
        Part(locked(moderation.check_karma_along), mend_discussion),
    ),
    GRANTS,
    # After the discussions, because mending those may take karma back.
    KARMA,
    TOKENS,
)


def replay(*, is_repairing: bool) -> Iterator[Finding]:
    """Every difference between the logs and what is kept of them, mended if wanted."""
    for ledger in LEDGERS:
        for number in suspects(ledger):
            yield from ledger.part.check(number, is_repairing=is_repairing)


# -- The report ----------------------------------------------------------------------------------------------------

CHECKED = {
    "comments": Comment,
    "moderations": Moderation,
    "reversals": Reversal,
    "discussions": Discussion,
    "members": User,
    "karma lines": KarmaChange,
    "grants": PointGrant,
    "point entries": PointEntry,
    "moderators": Moderator,
    "token entries": TokenEntry,
}


def peak_memory() -> int:
    """The most memory that this process ever held, in megabytes."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held // KILOBYTES // (KILOBYTES if sys.platform == "darwin" else 1)  # there in bytes, elsewhere in kB


@dataclass
class Replayed:
    """The replay in numbers, and the first of its differences."""

    seconds: float = 0.0
    listed: list[Finding] = field(default_factory=list)
    kinds: Counter = field(default_factory=Counter)
    repaired: int = 0

    def add(self, finding: Finding) -> None:
        self.kinds[finding.problem.kind] += 1
        self.repaired += finding.is_repaired
        if len(self.listed) < LISTED_MAX:
            self.listed.append(finding)

    @property
    def left(self) -> int:
        return self.kinds.total() - self.repaired

    def checked(self) -> dict[str, int]:
        return {name: model._base_manager.count() for name, model in CHECKED.items()}

    def line(self) -> str:
        checked = ", ".join(f"{number:,} {name}" for name, number in self.checked().items())
        found = f"{self.kinds.total()} differences, {self.repaired} repaired, {self.left} left"
        return f"Replayed {checked} in {self.seconds:.0f} s and {peak_memory()} MB: {found}."

    def as_json(self) -> dict:
        return {
            "is_clean": not self.left,
            "total": self.kinds.total(),
            "repaired": self.repaired,
            "left": self.left,
            "by_kind": dict(self.kinds),
            "checked": self.checked(),
            "seconds": round(self.seconds, 1),
            "peak_memory_mb": peak_memory(),
            "differences": [finding.as_json() for finding in self.listed],
        }
