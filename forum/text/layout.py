"""The first wall: any HTML, however broken, laid out again from known tags only, closed in order and never deep.

What comes out holds no attribute but a checked ``href``, the start of a list and the classes of colored code; every
other character is text and escaped. So the sanitiser that follows meets nothing it must repair, needs time in
proportion to the length, and its output parses to itself. Every loop here is linear in the length of the text.
"""

import re
from collections import deque
from collections.abc import Mapping
from html import escape, unescape
from typing import NamedTuple

from forum import policy
from forum.text.address import accept_address, host_of, split_at_addresses
from forum.text.characters import is_visible, tidy, without_leading_marks
from forum.text.mentions import split_at_names
from forum.text.shape import BLOCK_CLASS, CODE_CLASSES, Shape

# No attribute may hold "<" or ">": then no scan runs past the next "<", whatever the text.
_ATTRIBUTE = r"""([A-Za-z_:@][\w:.@-]*+)(?:\s*+=\s*+("[^"<>]*+"|'[^'<>]*+'|[^\s"'<>`]++))?+"""
_UNNAMED = _ATTRIBUTE.replace("([", "(?:[").replace('("', '(?:"')
_TOKEN = re.compile(
    rf"<!--[^<>]*-->|<(?P<slash>/?)(?P<name>[A-Za-z][A-Za-z0-9]*+)(?P<rest>(?:\s++{_UNNAMED})*+)\s*+/?>"
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_LITERAL_ENDS = re.compile(r"</(script|style|ecode)\s*>", re.IGNORECASE | re.ASCII)
_BREAKS_A_PARAGRAPH = frozenset(("p", "ol", "ul", "dl", "pre", "blockquote", "hr", "h3", "h4"))
_VOID = frozenset(("br", "hr"))
_ITEMS = {"li": (("li",), ("ul", "ol")), "dt": (("dt", "dd"), ("dl",)), "dd": (("dt", "dd"), ("dl",))}
_NEVER_IN_THEMSELVES = (("a",), ("h3", "h4"))
_START_NUMBER = re.compile(r"[0-9]{1,4}")


class Laid(NamedTuple):
    html: str
    too_deep: bool  # some tags were left out because too many stood open around them


class _Open(NamedTuple):
    name: str  # as written
    tags: tuple[str, ...]
    starts: str  # the opening tags as put out


NOBODY: Mapping[str, str] = {}


def lay_out(html: str, shape: Shape, *, with_links: bool = False, names: Mapping[str, str] = NOBODY) -> Laid:
    """Lay out HTML in one shape.

    ``with_links`` turns written-out addresses into links and shows where links lead, if the shape wants that.
    ``names``: what becomes a link to its address after an @, but not in code, links or quotations.
    """
    page = _Page(shape, with_links, names)
    ends = _literal_ends(html)
    at = 0
    while token := _TOKEN.search(html, at):
        page.add_text(html[at : token.start()])
        at = token.end()
        name = (token["name"] or "").lower()
        if name in ends and not token["slash"] and (end := _next_end(ends[name], at)):
            page.add_literal(name, html[at : end[0]])
            at = end[1]
        elif name:
            page.add_tag(name, token)
    page.add_text(html[at:])
    page.close_from(0)
    return Laid("".join(page.out), page.too_deep)


def _literal_ends(html: str) -> dict[str, deque[tuple[int, int]]]:
    ends: dict[str, deque[tuple[int, int]]] = {"script": deque(), "style": deque(), "ecode": deque()}
    for found in _LITERAL_ENDS.finditer(html):
        ends[found[1].lower()].append(found.span())
    return ends


def _next_end(ends: deque[tuple[int, int]], at: int) -> tuple[int, int] | None:
    while ends and ends[0][0] < at:
        ends.popleft()
    return ends[0] if ends else None


class _Page:
    def __init__(self, shape: Shape, with_links: bool, names: Mapping[str, str]) -> None:
        self.names = names
        self.shape = shape
        self.with_links = with_links
        self.out: list[str] = []
        self.open: list[_Open] = []
        self.too_deep = False
        self.link = ""  # the address of the open link
        self.link_words: list[str] = []

    def add_text(self, html: str) -> None:
        self.add_words(unescape(html))

    def add_literal(self, name: str, words: str) -> None:
        if name == "ecode":
            self.start("ecode", {})
            self.add_words(words.strip("\n"))
            self.end("ecode")

    def add_tag(self, name: str, token: re.Match[str]) -> None:
        if name not in self.shape.tags:
            if name not in self.shape.dropped:
                self.add_words(token.group())
        elif token["slash"]:
            self.end(name)
        else:
            self.start(name, _read_attributes(token["rest"]))

    def add_words(self, words: str) -> None:
        words = tidy(words)
        if self.out:
            words = without_leading_marks(words)
            if self.out[-1].startswith("<pre") and self.out[-1].count("<") == 1:
                # A parser drops one newline here at every reading, so none may stand here.
                words = words.lstrip("\n")
        if not words:
            return
        if self.link:
            self.link_words.append(words)
        elif self.with_links and not self.is_open("pre", "code"):
            self.add_with_addresses_linked(words)
            return
        self.out.append(escape(words, quote=False))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tags = self.shape.tags[name]
        starts = self.opening(tags, attributes)
        if starts is None:
            return
        self.make_room(tags[0])
        if tags[0] in _VOID:
            self.out.append(starts)
        elif len(self.open) >= policy.MARKUP_DEPTH_MAX:
            self.too_deep = True
        else:
            self.open.append(_Open(name, tags, starts))
            self.out.append(starts)
            if name == "a":
                self.link, self.link_words = attributes["href"], []

    def opening(self, tags: tuple[str, ...], attributes: dict[str, str]) -> str | None:
        """The opening tags to put out, or None where this tag cannot stand."""
        tag = tags[0]
        if tag in _ITEMS and not self.is_open(*_ITEMS[tag][1]):
            return None
        if tag == "a":
            attributes["href"] = accept_address(attributes.get("href", "")) or ""
            return f'<a href="{escape(attributes["href"])}">' if attributes["href"] else None
        if tag == "span":
            return f'<span class="{attributes["class"]}">' if attributes.get("class") in CODE_CLASSES else None
        if tag == "pre" and attributes.get("class") == BLOCK_CLASS:
            return f'<pre class="{BLOCK_CLASS}">' + "".join(f"<{inner}>" for inner in tags[1:])
        if tag == "ol" and _START_NUMBER.fullmatch(attributes.get("start", "")):
            return f'<ol start="{attributes["start"]}">'
        return "".join(f"<{each}>" for each in tags)

    def make_room(self, tag: str) -> None:
        """Close what cannot hold this tag: a paragraph around a block, a link around a link, the item before."""
        if tag in _BREAKS_A_PARAGRAPH or tag in _ITEMS:
            self.close_innermost(("p",), ())
        if tag in _ITEMS:
            self.close_innermost(*_ITEMS[tag])
        for family in _NEVER_IN_THEMSELVES:
            if tag in family:
                self.close_innermost(family, ())

    def close_innermost(self, tags: tuple[str, ...], within: tuple[str, ...]) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place].tags[0] in within:
                return
            if self.open[place].tags[0] in tags:
                self.close_from(place)
                return

    def end(self, name: str) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place].name == name:
                self.close_from(place)
                return

    def close_from(self, place: int) -> None:
        while len(self.open) > place:
            self.close(self.open.pop())

    def close(self, element: _Open) -> None:
        after = self.close_link() if element.name == "a" else ""
        if self.out[-1] == element.starts:
            self.out.pop()
        else:
            self.out.append("".join(f"</{tag}>" for tag in reversed(element.tags)) + after)

    def close_link(self) -> str:
        words, address, self.link = "".join(self.link_words).strip(), self.link, ""
        if not is_visible(words):
            self.out.append(escape(address, quote=False))
            words = address
        return self.destination(words, address)

    def add_with_addresses_linked(self, words: str) -> None:
        for piece, address in split_at_addresses(words):
            if address:
                shown = f'<a href="{escape(address)}">{escape(piece, quote=False)}</a>'
                self.out.append(shown + self.destination(piece, address))
            else:
                self.add_with_names_linked(piece)

    def add_with_names_linked(self, words: str) -> None:
        # What is quoted was said by another, and somebody named in it was told then.
        names = self.names if not self.is_open("blockquote") else NOBODY
        for piece, address in split_at_names(words, names) if names else ((words, None),):
            shown = escape(piece, quote=False)
            self.out.append(f'<a href="{escape(address)}">{shown}</a>' if address else shown)

    def destination(self, words: str, address: str) -> str:
        """Where a link leads, in brackets after it, unless its words already say so."""
        host = host_of(address) if self.with_links and self.shape.shows_hosts else None
        if host is None or (words == address and address.isascii()):
            return ""
        return f" [{escape(host, quote=False)}]"

    def is_open(self, *tags: str) -> bool:
        return any(tag in element.tags for element in self.open for tag in tags)


def _read_attributes(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTES.findall(rest):
        found.setdefault(name.lower(), unescape(value.strip("\"'")))
    return found
