"""What an archived article is: one story with its comments, kept as printed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from forum import policy

TOP, QUOTED, SUBJECT, ADJACENT, UNKNOWN, MISSING = "top", "quoted", "subject", "adjacent", "unknown", "missing"
GUESSED = (SUBJECT, ADJACENT)  # a parent found in one of these ways is shown as a guess


class BadArticle(ValueError):
    """The file cannot be imported. ``line`` counts from 1; ``message`` is one line: what was expected and found."""

    def __init__(self, line: int, message: str):
        super().__init__(f"{line}: {message}")
        self.line, self.message = line, message


class Paragraph(NamedTuple):
    """One paragraph: how deep it is quoted (0: not), and its text. A quoted one without text is a gap."""

    depth: int
    text: str

    @property
    def is_gap(self) -> bool:
        return bool(self.depth) and not self.text

    @property
    def printed(self) -> str:
        if not self.depth:
            return self.text
        return ">" * self.depth + (f" {self.text}" if self.text else "")


class Link(NamedTuple):
    """An address and the number its markers in the text carry."""

    number: int
    address: str

    @property
    def printed(self) -> str:
        return f"[{self.number}] {self.address}"


@dataclass(frozen=True, slots=True)
class ArchivedComment:
    """One comment as printed, and what was concluded about its place.

    ``n`` counts the comments of the document from 1. ``heading`` is what stands before ``(Score:``, blanks included.
    ``anonymous`` is true for Anonymous Coward with or without the number 666. ``truncated``: the source cut the text.
    ``parent`` is the n of an earlier comment or None; ``parent_status`` tells how it was found:

    - "top": top-level, a subject of its own;  "quoted": it quotes its parent, certain;
    - "subject", "adjacent": guessed from the subject ``Re:X`` or from standing directly below;
    - "unknown": a reply in this thread, nobody can say to whom;  "missing": its parent is not in the archive.

    ``thread`` is the n of the top-level comment in whose thread it stands, None before the first one.
    """

    n: int
    heading: str
    author: str
    uid: int | None
    anonymous: bool
    subscriber: bool
    score: int
    reason: str | None
    paragraphs: tuple[Paragraph, ...]
    links: tuple[Link, ...] = ()
    truncated: bool = False
    parent: int | None = None
    parent_status: str = MISSING
    thread: int | None = None
    line: int = field(default=0, compare=False)

    @property
    def subject(self) -> str:
        return self.heading.strip()


@dataclass(frozen=True, slots=True)
class Article:
    """A story, its links, its comments in the document's order, and the closing fortune (None: the file has none).

    ``id`` keeps its zeros, ``header`` its no-break space; ``dateline`` is as printed and ``published_utc`` what it
    means in ``zone``. ``editor``, ``dept``, ``category`` and ``domain`` are None where the file has none. Each of
    ``warnings`` is one line, ``line: message``. ``title_line`` is the title's line in the file.
    """

    id: str
    header: str
    title: str
    domain: str | None
    category: str | None
    published_utc: datetime
    zone: str
    editor: str | None
    dept: str | None
    paragraphs: tuple[Paragraph, ...]
    links: tuple[Link, ...]
    comments: tuple[ArchivedComment, ...]
    fortune: str | None
    dateline: str = field(default="", compare=False)
    title_line: int = field(default=1, compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)


def shown(text: str) -> str:
    """The text found, fit for one line of a message: escaped, and shortened to policy.ARCHIVE_FOUND_MAX characters."""
    return repr(text[: policy.ARCHIVE_FOUND_MAX]) + ("..." if len(text) > policy.ARCHIVE_FOUND_MAX else "")


def check_length(text: str, limit: int, line: int, what: str) -> None:
    """Refuse what is longer than ``limit`` characters: nothing is cut without a word."""
    if len(text) > limit:
        raise BadArticle(line, f"expected {what} of at most {limit} characters, found {len(text)}: {shown(text)}")
