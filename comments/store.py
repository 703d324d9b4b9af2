"""Rendered comments in the memory of this process, the same for every reader: what does not change is made once.

A page is kept with the discussion's version and asked for with it, so nothing here can be out of date. After a change
it is made anew, but comments that look as before are not; what was used longest ago leaves when the room is gone. It
needs no service, and a dead one cannot hurt it (docs/decisions/0015).
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from comments.fragments import Fragments, Links, links_of
from comments.models import Discussion
from comments.queries.rows import CommentRow
from comments.queries.windows import Page, count_scores, load_page
from comments.rules import FULL, LINE
from forum import policy
from forum.accounts.queries import names_version
from forum.crowds import OneOfMany


class Key(NamedTuple):
    """Everything that decides what a rendered page of comments holds; no reader is in it."""

    discussion: int
    version: int
    names: int
    is_flat: bool
    order: str
    after: int | None
    is_open: bool

    @property
    def place(self) -> tuple:
        """What it is a page of, whatever was said there since."""
        return self.discussion, self.is_flat, self.order, self.after, self.is_open


class Rendered(NamedTuple):
    """A page of comments, by their age, and their HTML.

    ``counts`` of a discussion that is more than this page: (score, has the bonus) -> comments, on all pages. None of
    a branch, of which only the comments here are counted.
    """

    page: Page
    fragments: Fragments
    counts: Mapping[tuple[int, bool], int] | None = None

    @property
    def rows(self) -> list[CommentRow]:
        return self.page.rows


def rendered_page(discussion: Discussion, *, is_flat: bool, order: str, after: int | None, is_open: bool) -> Rendered:
    """A page of the discussion as it was read, or newer. Of many who ask at once, one renders."""
    key = Key(discussion.pk, discussion.version, names_version(), is_flat, order, after, is_open)
    return STORE.kept(key, lambda before: _rendered(discussion, key, before))


def _rendered(discussion: Discussion, key: Key, before: Rendered | None) -> Rendered:
    page = load_page(discussion, is_flat=key.is_flat, order=key.order, after=key.after)
    links = links_of(discussion.pk, is_open=key.is_open)
    rendered = render(page, links, is_flat=key.is_flat, before=before.fragments if before else None)
    for at, shown in enumerate(rendered.fragments.shown):
        # What most readers will see of it; they wait for one another while it is made here, and not where it is kept.
        rendered.fragments.said(at, FULL if shown >= policy.FULL_FROM_DEFAULT else LINE)
    return rendered if page.is_whole else rendered._replace(counts=count_scores(discussion))


def render(page: Page, links: Links, *, is_flat: bool = False, before: Fragments | None = None) -> Rendered:
    """A page of comments with their HTML. ``before``: that of comments as they were, some of which may be the same."""
    rows = sorted(page.rows, key=attrgetter("id") if is_flat else attrgetter("tree_id", "lft"))
    return Rendered(replace(page, rows=rows), Fragments(rows, links, before))


class Kept(NamedTuple):
    """A rendered page as it was at one version of the discussion and of its people's names, and the room it takes."""

    version: int
    names: int
    rendered: Rendered
    size: int


class Store(OneOfMany):
    """A bounded memory of rendered pages that many threads use; of each page the newest version."""

    def __init__(self, room: int):
        super().__init__()
        self.room, self.held = room, 0
        self.pages: OrderedDict[tuple, Kept] = OrderedDict()

    def kept(self, key: Key, make: Callable[[Rendered | None], Rendered]) -> Rendered:
        """What is kept under the key, made if it is not: the others who ask for it meanwhile wait for the one.

        ``make`` is given the page as it was at another version, if that is still known.
        """
        while True:
            if found := self._found(key):
                return found
            with self.turn(key) as is_mine:
                # Somebody may have made it since the look above; where that one failed, the next one tries.
                if is_mine and not (found := self._found(key)):
                    before = self.pages.get(key.place)
                    found = make(before.rendered if before else None)
                    self._keep(key, found)
            if found:
                return found

    def clear(self) -> None:
        with self.lock:
            self.pages.clear()
            self.held = 0

    def _found(self, key: Key) -> Rendered | None:
        with self.lock:
            kept = self.pages.get(key.place)
            if kept and (kept.version, kept.names) == (key.version, key.names):
                self.pages.move_to_end(key.place)
                return kept.rendered
        return None

    def _keep(self, key: Key, made: Rendered) -> None:
        size = made.fragments.size
        with self.lock:
            old = self.pages.get(key.place)
            if old and (old.version, old.names) > (key.version, key.names):
                return  # a slow one: others have read what came after
            self.pages[key.place] = Kept(key.version, key.names, made, size)
            self.pages.move_to_end(key.place)
            self.held += size - (old.size if old else 0)
            while self.held > self.room:
                _, gone = self.pages.popitem(last=False)
                self.held -= gone.size


STORE = Store(policy.FRAGMENT_STORE_BYTES)
