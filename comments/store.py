"""Rendered comments in the memory of this process, the same for every reader: what does not change is made once.

A key holds the discussion's version, so nothing here can be out of date: a change makes another key, and what was used
longest ago leaves when the room is gone. It needs no service, and a dead one cannot hurt it (docs/decisions/0015).
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import NamedTuple

from comments.fragments import Fragment, fragments_of
from comments.models import Discussion
from comments.queries.rows import CommentRow
from comments.queries.windows import Page, count_scores, load_page
from forum import policy
from forum.accounts.queries import names_version
from forum.crowds import OneOfMany
from forum.scores import Facts


class Key(NamedTuple):
    """Everything that decides what a rendered page of comments holds; no reader is in it."""

    discussion: int
    version: int
    names: int
    is_flat: bool
    order: str
    after: int | None


class Rendered(NamedTuple):
    """A page of comments and their HTML by number. ``counts``: (score, has the bonus) -> comments, on all pages."""

    page: Page
    fragments: dict[int, Fragment]
    facts: list[Facts]  # of each row
    counts: Mapping[tuple[int, bool], int]

    @property
    def rows(self) -> list[CommentRow]:
        return self.page.rows


def rendered_page(discussion: Discussion, *, is_flat: bool, order: str, after: int | None) -> Rendered:
    """A page of the discussion as it was read, or newer. Of many who ask at once, one renders."""
    wanted = {"is_flat": is_flat, "order": order, "after": after}
    key = Key(discussion.pk, discussion.version, names_version(), **wanted)
    return STORE.kept(key, lambda: _rendered(discussion, **wanted))


def _rendered(discussion: Discussion, *, is_flat: bool, order: str, after: int | None) -> Rendered:
    rendered = render(load_page(discussion, is_flat=is_flat, order=order, after=after), is_flat=is_flat)
    return rendered if rendered.page.is_whole else rendered._replace(counts=count_scores(discussion))


def render(page: Page, *, is_flat: bool = False) -> Rendered:
    """A page of comments with their HTML; the counts are those of its own comments."""
    by_age = sorted(page.rows, key=lambda row: row.id if is_flat else (row.tree_id, row.lft))
    for place, row in enumerate(by_age):
        row.place = place
    fragments = fragments_of(page.rows)
    by_number = {row.id: fragment for row, fragment in zip(page.rows, fragments, strict=True)}
    facts = [row.facts for row in page.rows]
    return Rendered(
        page, by_number, facts, Counter((row.score, row.has_bonus) for row in page.rows if not row.is_hidden)
    )


class Store(OneOfMany):
    """A bounded memory of rendered pages that many threads use."""

    def __init__(self, room: int):
        super().__init__()
        self.room, self.held = room, 0
        self.pages: OrderedDict[Key, tuple[Rendered, int]] = OrderedDict()

    def kept(self, key: Key, make: Callable[[], Rendered]) -> Rendered:
        """What is kept under the key, made if it is not: the others who ask for it meanwhile wait for the one."""
        while True:
            if found := self._found(key):
                return found
            with self.turn(key) as is_mine:
                # Somebody may have made it since the look above; where that one failed, the next one tries.
                if is_mine and not (found := self._found(key)):
                    found = make()
                    self._keep(key, found)
            if found:
                return found

    def clear(self) -> None:
        with self.lock:
            self.pages.clear()
            self.held = 0

    def _found(self, key: Key) -> Rendered | None:
        with self.lock:
            if key in self.pages:
                self.pages.move_to_end(key)
                return self.pages[key][0]
        return None

    def _keep(self, key: Key, made: Rendered) -> None:
        size = sum(len(part.body) + len(part.byline) for part in made.fragments.values())
        with self.lock:
            self.pages[key] = (made, size)
            self.held += size
            while self.held > self.room:
                _, (_, gone) = self.pages.popitem(last=False)
                self.held -= gone


STORE = Store(policy.FRAGMENT_STORE_BYTES)
