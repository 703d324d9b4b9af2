"""The end of the document: where the last comment stops and the closing fortune begins."""

from dataclasses import dataclass, field

from forum import policy
from stories.archive.article import BadArticle, shown
from stories.archive.fold import CLOSING_MARKS
from stories.archive.grammar import as_link, as_paragraph
from stories.archive.lines import Line

NO_FORTUNE = "no closing fortune: the last line was read as the end of the last comment"
PERHAPS = "no closing fortune that is surely one: by its place the last line was read as it, but it ends openly"
EMPTY_COMMENT = "expected a text in the last comment, found only the closing fortune"


@dataclass
class Tail:
    """The lines after the last author line: the comment's, and the fortune's (none: the file has no fortune)."""

    body: list[Line]
    fortune: list[Line]
    warnings: list[tuple[int, str]] = field(default_factory=list)


def part_tail(author: Line, lines: list[Line]) -> Tail:
    """The first block of several lines starts the fortune; without one it is the last block.

    Raises BadArticle if the file ends with the author line, or if blank lines are missing so that the fortune
    cannot be told from the comment.
    """
    if not lines:
        raise BadArticle(author.number, "expected a text after this author line, found the end of the file")
    glued = glued_count(lines)
    start = start_of_long_block(lines, glued)
    if start is not None:
        return tail_with_long_fortune(lines, start)
    if glued > 1 or has_other_gaps(lines):
        raise unclear(lines[-1])
    return tail_by_position(lines)


def glued_count(lines: list[Line]) -> int:
    """How many lines follow the author line without a blank one."""
    return next((place for place, line in enumerate(lines) if line.gap), len(lines))


def start_of_long_block(lines: list[Line], begin: int) -> int | None:
    places = range(begin, len(lines) - 1)
    return next((place for place in places if lines[place + 1].gap == 0), None)


def has_other_gaps(lines: list[Line]) -> bool:
    """Whether the blank lines between single lines are not those of the format: then the place proves nothing."""
    return any(line.gap != 1 for line in lines[1:-1])


def unclear(line: Line) -> BadArticle:
    words = "expected one blank line between paragraphs and before the closing fortune"
    return BadArticle(line.number, f"{words}, found other counts: the fortune cannot be told from the last comment")


def tail_with_long_fortune(lines: list[Line], start: int) -> Tail:
    body, fortune = lines[:start], lines[start:]
    long = next((line for line in fortune if len(line.text) > policy.ARCHIVE_FORTUNE_LINE_MAX), None)
    if long:
        limit = policy.ARCHIVE_FORTUNE_LINE_MAX
        words = f"expected a closing fortune with lines of at most {limit} characters or a blank line after a paragraph"
        raise BadArticle(long.number, f"{words}, found {len(long.text)} characters: {shown(long.text)}")
    return Tail(body, fortune, [] if body else [(fortune[0].number, EMPTY_COMMENT)])


def tail_by_position(lines: list[Line]) -> Tail:
    """A fortune of one line has no form of its own, but some lines can be none."""
    last = lines[-1]
    is_open = not last.text.endswith(tuple(CLOSING_MARKS)) and "-- " not in last.text
    if cannot_be_fortune(lines):
        return Tail(lines, [], [(last.number, NO_FORTUNE)])
    return Tail(lines[:-1], [last], [(last.number, PERHAPS)] if is_open else [])


def cannot_be_fortune(lines: list[Line]) -> bool:
    """A comment without any text, a quotation, a link and a very long line are signs of a lost fortune."""
    last = lines[-1]
    is_long = len(last.text) > policy.ARCHIVE_FORTUNE_LINE_MAX
    return len(lines) == 1 or is_long or bool(as_paragraph(last.text).depth or as_link(last.text))
