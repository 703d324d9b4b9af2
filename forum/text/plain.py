"""Plain Old Text, code, and the reader's HTML: from source to rough HTML, still to be laid out and sanitised."""

import re
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from forum import policy

_QUOTED = re.compile(r"((?:>[ \t]?)*+)(.*)")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_TAG_OR_LINE_END = re.compile(r"(<[^<>]*>)|\n")
_BLOCK_TAGS = re.compile(
    r"<(p|br|ol|ul|li|dl|dt|dd|pre|blockquote|quote|ecode|div|hr|h[1-6])[\s/>]", re.IGNORECASE | re.ASCII
)


def plain_to_html(source: str) -> str:
    """Characters are characters; a blank line parts paragraphs, a line end breaks, ``>`` quotes."""
    return nest_quotations(_quoted_paragraphs(source))


def code_to_html(source: str) -> str:
    """The whole text as one block of code, without blank lines around it."""
    return f"<pre><code>{escape(source.strip(chr(10)), quote=False)}</code></pre>"


def hypertext_to_html(source: str) -> str:
    """HTML as it is; if no tag in it makes a block or a break, line ends break and blank lines part paragraphs."""
    if _BLOCK_TAGS.search(source):
        return source
    paragraphs = _BLANK_LINES.split(source.strip("\n"))
    return "\n".join(f"<p>{_break_lines(paragraph)}</p>" for paragraph in paragraphs)


def nest_quotations(paragraphs: Iterable[tuple[int, str]]) -> str:
    """Paragraphs of HTML with their depths of quotation as nested blockquotes, at most policy.QUOTE_DEPTH_MAX deep."""
    out, depth = [], 0
    for counted, html in paragraphs:
        wanted = min(counted, policy.QUOTE_DEPTH_MAX)
        out.append("</blockquote>" * (depth - wanted) + "<blockquote>" * (wanted - depth) + f"<p>{html}</p>\n")
        depth = wanted
    return "".join(out) + "</blockquote>" * depth


def _quoted_paragraphs(source: str) -> Iterator[tuple[int, str]]:
    lines = (_QUOTED.fullmatch(line).groups() for line in source.split("\n"))
    for depth, group in groupby(((marks.count(">"), words) for marks, words in lines), key=lambda line: line[0]):
        for filled, words in groupby((words for _, words in group), key=lambda words: bool(words.strip())):
            if filled:
                yield depth, "<br>\n".join(escape(line.rstrip(), quote=False) for line in words)


def _break_lines(paragraph: str) -> str:
    # A line may end inside a tag, between two attributes; such an end is no break.
    return _TAG_OR_LINE_END.sub(lambda found: found[1] or "<br>\n", paragraph)
