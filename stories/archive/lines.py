"""From bytes to lines: encoding, line ends, blanks and control characters. Nothing here knows what a line means."""

import re
from typing import NamedTuple

from forum import policy
from stories.archive.article import BadArticle, shown
from stories.archive.grammar import check_id_line

BYTE_ORDER_MARK = "\ufeff"
# Everything of Unicode's class Cc but tab and line feed; form feed and U+0085 are among them and end no line.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
BLANKS = " \t"


class Line(NamedTuple):
    """A line that is not blank: its number in the file from 1, its text, and the count of blank lines before it."""

    number: int
    text: str
    gap: int


def read_lines(raw: bytes, encoding: str) -> tuple[list[Line], list[tuple[int, str]]]:
    """The lines that are not blank, and warnings (line, message). Raises BadArticle on bytes that are no text."""
    text = with_plain_line_ends(decoded(raw, encoding))
    check_no_wide_letters(text)
    warnings = [*control_warnings(text)]
    return [*numbered(CONTROL.sub("", text))], warnings


def with_plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decoded(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
        text.encode("utf-8")  # some encodings can hold half a surrogate pair, which no database takes
    except UnicodeDecodeError as mishap:
        raise undecodable(raw, encoding, mishap) from None
    except UnicodeError:
        raise BadArticle(1, f"expected text in {shown(encoding)}, found something else; {OTHER_ENCODING}") from None
    except (LookupError, ValueError):
        raise BadArticle(1, f"expected the name of a text encoding, found {shown(encoding)}") from None
    return text.removeprefix(BYTE_ORDER_MARK)


def check_no_wide_letters(text: str) -> None:
    """UTF-16 without its mark can be taken for text with a NUL behind each letter: do not let that through."""
    first = text.partition("\n")[0]
    if "\0" in first:
        raise BadArticle(1, f"expected 'News: ' and digits, found {shown(first)}; {OTHER_ENCODING}")


OTHER_ENCODING = "use --encoding NAME if the file is in another encoding"


def undecodable(raw: bytes, encoding: str, mishap: UnicodeDecodeError) -> BadArticle:
    """Which line has the first bad byte. A first line that is none of ours is the better thing to tell."""
    before = with_plain_line_ends(raw[: mishap.start].decode(encoding, "replace")).removeprefix(BYTE_ORDER_MARK)
    if "\n" in before:
        check_id_line(CONTROL.sub("", before.split("\n", 1)[0]).rstrip(BLANKS))
    bad = f"the byte 0x{raw[mishap.start]:02x}"
    found = f"a letter cut off at the end of the file ({bad})" if "unexpected end" in mishap.reason else bad
    return BadArticle(before.count("\n") + 1, f"expected text in {encoding}, found {found}; {OTHER_ENCODING}")


def control_warnings(text: str) -> list[tuple[int, str]]:
    """One warning for all control characters, at the line of the first."""
    first = CONTROL.search(text)
    if first is None:
        return []
    count = sum(1 for _ in CONTROL.finditer(text))
    line = text.count("\n", 0, first.start()) + 1
    return [(line, f"expected text, found {count} control character(s), first {shown(first.group())}; removed")]


def numbered(text: str) -> list[Line]:
    """Only LF ends a line here: str.splitlines() would also cut at form feeds, U+0085 and U+2028."""
    lines, gap = [], 0
    for number, printed in enumerate(text.split("\n"), start=1):
        kept = printed.rstrip(BLANKS)
        if kept:
            lines.append(Line(number, kept, gap))
        gap = 0 if kept else gap + 1
        if len(lines) > policy.ARCHIVE_LINES_MAX:
            raise BadArticle(
                number, f"expected at most {policy.ARCHIVE_LINES_MAX} lines with text (the limit), found more"
            )
    return lines
