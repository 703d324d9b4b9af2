"""The beginning of a text in one plain line."""

import re
from html import unescape

from forum.text.characters import clean_line

_TAG = re.compile(r"<(/?)([a-z0-9]+)[^<>]*>")
_INSIDE_A_LINE = frozenset(("a", "abbr", "b", "code", "del", "em", "i", "s", "span", "strong", "sub", "sup", "tt"))


def excerpt(html: str, length: int) -> str:
    """The beginning of sanitised HTML as plain text, not HTML: ``length`` characters (1 or more) at most."""
    line = clean_line(text_of(html))
    if len(line) <= length:
        return line
    beginning = line[: length - 1]
    if line[length - 1] != " " and " " in beginning:
        beginning = beginning.rsplit(" ", 1)[0]
    return beginning.rstrip(" ,;:.") + "…"


def text_of(html: str) -> str:
    """The words of sanitised HTML, with a blank where a block begins or ends."""
    return unescape(_TAG.sub(lambda tag: "" if tag[2] in _INSIDE_A_LINE else " ", html))
