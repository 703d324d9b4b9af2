"""What a check of the records finds. Each app's ``integrity`` looks for it, reading only; actions set it right."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

BATCH = 500  # rows looked up by one statement; SQLite takes no more than some thousands of values


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it must be. ``is_derived``: the true value can be computed from other rows."""

    kind: str
    where: str  # such as "comment 12"
    found: str
    expected: str
    is_derived: bool

    def line(self) -> str:
        return f"{self.where}: {self.kind}: found {self.found}, expected {self.expected}"


def in_batches(things: Iterable, size: int = BATCH) -> Iterator[list]:
    """Lists of at most ``size`` things."""
    waiting = iter(things)
    while batch := list(islice(waiting, size)):
        yield batch
