"""Paragraphs of an archived page: text is text, ``>`` was counted, and ``[N]`` stands before words that were a link."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from html import escape

from forum.text.address import accept_address
from forum.text.characters import tidy
from forum.text.plain import nest_quotations
from forum.text.sanitiser import clean

_MARKER = re.compile(r"\[([0-9]{1,4})\]")


def render_archived(paragraphs: Sequence[tuple[int, str]], links: Mapping[int, str]) -> str:
    """Safe HTML of archived text.

    ``paragraphs``: depth of quotation (0 is the writer's own words) and the text of each; a depth with no text is only
    a gap in a quotation. ``links``: number -> address. Where the words of a link ended was lost in print, so the marker
    itself becomes the link and stays before its words as printed. Markers were numbered in the order they were met: one
    out of turn, or without a usable address, is the writer's own text and stays it. Never raises for any text.
    """
    numbering = _Numbering([text for _, text in paragraphs], links)
    shown = ((depth, numbering.link(text)) for depth, text in paragraphs if text.strip())
    return clean(nest_quotations(shown)).strip()


class _Numbering:
    def __init__(self, texts: Sequence[str], links: Mapping[int, str]) -> None:
        self.links = links
        mentioned = {int(number) for text in texts for number in _MARKER.findall(text)}
        # The list may hold addresses whose marker was cut off, so only numbers that are mentioned are waited for.
        self.awaited = deque(sorted(mentioned & links.keys()))

    def link(self, text: str) -> str:
        return _MARKER.sub(self.link_marker, escape(tidy(text), quote=False).replace("\n", "<br>\n"))

    def link_marker(self, marker: re.Match[str]) -> str:
        if not self.awaited or int(marker[1]) != self.awaited[0]:
            return marker.group()
        address = accept_address(self.links[self.awaited.popleft()])
        return f'<a href="{escape(address)}">{marker.group()}</a>' if address else marker.group()
