"""Which line is what. Forms and order decide; the counts of blank lines part text, links and fortune.

Where blank lines were lost or added, the parts are found by their forms if only one reading is possible, and the
file is refused if not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import NamedTuple

from stories.archive.article import BadArticle, shown
from stories.archive.fortune import Tail, part_tail
from stories.archive.grammar import (
    BEFORE_TEXT,
    BETWEEN_PARTS,
    AuthorLine,
    ScoreLine,
    as_author_line,
    as_link,
    as_score_line,
    is_cut_score_line,
)
from stories.archive.lines import Line

FRONT = ("'News: ' and digits", "the header line", "the title", "the dateline")


class Pair(NamedTuple):
    """A score line and the author line after it: the beginning of a comment."""

    score: Line
    author: Line
    score_parts: ScoreLine
    author_parts: AuthorLine


@dataclass
class Block:
    """The lines of one comment."""

    pair: Pair
    body: list[Line]
    links: list[Line]


@dataclass
class Layout:
    """The lines of a document by their parts, and warnings (line, message)."""

    front: list[Line]
    text: list[Line] = field(default_factory=list)
    links: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    fortune: list[Line] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)


def lay_out(lines: list[Line]) -> Layout:
    """Give each line its part. Raises BadArticle where a line is missing or two readings are possible."""
    check_whole(lines)
    front, rest = lines[: len(FRONT)], lines[len(FRONT) :]
    starts = pair_starts(rest)
    layout = Layout(front)
    if starts:
        part_story(layout, rest[: starts[0]], rest[starts[0]])
        part_comments(layout, rest, starts)
    else:
        part_story_without_comments(layout, rest)
    return layout


def check_whole(lines: list[Line]) -> None:
    """Refuse a file that ends within the front, a score line or an author line."""
    last = lines[-1]
    if len(lines) <= len(FRONT):
        missing = FRONT[len(lines)] if len(lines) < len(FRONT) else "the text of the story"
        raise BadArticle(last.number, f"expected {missing} after this line, found the end of the file")
    if as_score_line(last.text):
        raise BadArticle(last.number, "expected an author line after this score line, found the end of the file")
    if is_cut_score_line(last.text):
        raise BadArticle(last.number, f"expected a whole score line, found the end of the file in {shown(last.text)}")
    is_cut_author = last.text == "b" or last.text == "by" or last.text.startswith("by ")
    if is_cut_author and as_score_line(lines[-1 - 1].text) and not as_author_line(last.text):
        raise BadArticle(last.number, f"expected a whole author line, found the end of the file in {shown(last.text)}")


def pair_starts(rest: list[Line]) -> list[int]:
    """Where score lines stand whose next line that is not blank is an author line."""
    return [
        place
        for place, (line, after) in enumerate(pairwise(rest))
        if as_score_line(line.text) and as_author_line(after.text)
    ]


# -- The story -----------------------------------------------------------------------------------------------------


def sections(lines: list[Line]) -> list[list[Line]]:
    """The lines cut where three or more blank lines stand; an empty first section if the text is missing."""
    parts: list[list[Line]] = [[]]
    for place, line in enumerate(lines):
        least = len(BETWEEN_PARTS) + (len(BEFORE_TEXT) if place == 0 else 0)
        if line.gap >= least:
            parts.append([])
        parts[-1].append(line)
    return parts


def part_story(layout: Layout, lines: list[Line], first_comment: Line) -> None:
    """Text and links of a story that has comments."""
    parts = sections(lines)
    blanks_were_lost = first_comment.gap < len(BETWEEN_PARTS)
    if len(parts) > 1 and all_links(parts[-1]):
        layout.text, layout.links = flat(parts[:-1]), parts[-1]
    elif len(parts) > 1 and any(as_link(line.text) for line in parts[-1]):
        raise no_link(parts[-1])
    else:
        text = flat(parts)
        layout.text, layout.links = part_links(text, must_decide=blanks_were_lost)


def flat(parts: list[list[Line]]) -> list[Line]:
    return [*chain.from_iterable(parts)]


def all_links(lines: list[Line]) -> bool:
    return bool(lines) and all(as_link(line.text) for line in lines)


def no_link(lines: list[Line]) -> BadArticle:
    stranger = next(line for line in lines if not as_link(line.text))
    return BadArticle(stranger.number, f"expected a link like '[1] https://...', found {shown(stranger.text)}")


def part_links(lines: list[Line], must_decide: bool) -> tuple[list[Line], list[Line]]:
    """Find a list of links that no blank lines set apart: numbered 1, 2, 3 ... and each number marked in the text.

    With ``must_decide`` the blank lines are known to be lost: then numbers alone make a list, and anything else
    that looks like one is refused.
    """
    start = trailing_links(lines)
    text, links = lines[:start], lines[start:]
    if not links:
        return lines, []
    numbers = [as_link(line.text).number for line in links]
    in_order = numbers == [*range(1, len(numbers) + 1)]
    if in_order and (must_decide or all_marked(text, len(numbers))):
        return text, links
    if must_decide:
        raise BadArticle(
            links[0].number,
            f"expected {len(BETWEEN_PARTS)} blank lines between text and links, found {links[0].gap}",
        )
    return lines, []


def all_marked(text: list[Line], count: int) -> bool:
    """Whether [1], [2] ... are met in this order, as the markers of a list of links are."""
    printed, place = "\n".join(line.text for line in text), 0
    for number in range(1, count + 1):
        place = printed.find(f"[{number}]", place)
        if place < 0:
            return False
    return True


def trailing_links(lines: list[Line]) -> int:
    """Where the links at the end begin."""
    start = len(lines)
    while start and as_link(lines[start - 1].text):
        start -= 1
    return start


def part_story_without_comments(layout: Layout, lines: list[Line]) -> None:
    """Text, links and fortune where nothing but blank lines parts them."""
    parts = sections(lines)
    layout.text, others = parts[0], parts[1:]
    if others and all_links(others[0]):
        layout.links, others = others[0], others[1:]
    elif others and as_link(others[0][0].text):
        raise no_link(others[0])
    layout.fortune = flat(others)
    if not layout.fortune:
        check_text_is_whole(layout)
        layout.warnings.append((lines[-1].number, "no closing fortune: the file ends with the story's text or links"))


def check_text_is_whole(layout: Layout) -> None:
    """Without comments and fortune only a text in good order can be told from one that lost its blank lines."""
    for place, line in enumerate(layout.text):
        expected = len(BEFORE_TEXT) if place == 0 else 1
        if line.gap != expected:
            raise BadArticle(line.number, f"expected {expected} blank line(s) before this line, found {line.gap}")


# -- The comments --------------------------------------------------------------------------------------------------


def part_comments(layout: Layout, rest: list[Line], starts: list[int]) -> None:
    """One block for each pair; the last one is parted from the fortune."""
    for start, end in zip(starts, [*starts[1:], len(rest)], strict=True):
        score, author = rest[start], rest[start + 1]
        pair = Pair(score, author, as_score_line(score.text), as_author_line(author.text))
        body = rest[start + 1 + 1 : end]
        if end == len(rest):
            tail = part_tail(author, body)
            body = keep_fortune(layout, tail)
        layout.blocks.append(Block(pair, *part_comment_links(body)))


def keep_fortune(layout: Layout, tail: Tail) -> list[Line]:
    layout.fortune = tail.fortune
    layout.warnings.extend(tail.warnings)
    return tail.body


def part_comment_links(body: list[Line]) -> tuple[list[Line], list[Line]]:
    """A comment's own list begins with [1], after its last paragraph."""
    run = trailing_links(body)
    ones = (place for place in range(run, len(body)) if as_link(body[place].text).number == 1)
    start = next(ones, len(body))
    return body[:start], body[start:]


# -- Blank lines ---------------------------------------------------------------------------------------------------


def misplaced(layout: Layout) -> list[tuple[Line, int]]:
    """The lines with another count of blank lines before them than the format has, and the right count."""
    return [(line, expected) for line, expected in expected_gaps(layout) if line.gap != expected]


def expected_gaps(layout: Layout) -> Iterator[tuple[Line, int]]:
    """Inside a fortune any count is right."""
    yield from zip(layout.front, (0, 1, 1, 1), strict=True)
    yield from first_after(len(BEFORE_TEXT), layout.text)
    gap = len(BETWEEN_PARTS) + (0 if layout.text else len(BEFORE_TEXT))
    yield from first_after(gap, layout.links)
    gap = len(BETWEEN_PARTS) if layout.links else gap
    comment_lines = [line for block in layout.blocks for line in lines_of(block)]
    yield from first_after(gap, comment_lines)
    yield from first_after(1 if comment_lines else gap, layout.fortune[:1])


def first_after(gap: int, lines: list[Line]) -> Iterator[tuple[Line, int]]:
    for place, line in enumerate(lines):
        yield line, (gap if place == 0 else 1)


def lines_of(block: Block) -> list[Line]:
    return [block.pair.score, block.pair.author, *block.body, *block.links]
