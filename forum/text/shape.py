"""The allow-lists: the tags a comment and the tags an editor's story may hold, and the sanitiser set up for each."""

from collections.abc import Mapping
from dataclasses import dataclass

import nh3
from pygments.token import STANDARD_TYPES

from forum.text.address import SCHEMES

LINK_REL = "nofollow ugc noopener"
BLOCK_CLASS = "highlight"
# What no style sheet colours would only make the text four times as long: blanks, punctuation, plain names.
CODE_CLASSES = frozenset(STANDARD_TYPES.values()) - {"", "esc", "x", "w", "p", "pm", "n", "nx", "l", "ld"}
_TAGS = """
    a abbr b blockquote br code dd del dl dt em hr i li ol p pre s span strong sub sup tt ul
"""  # span only carries the colors of code
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BY_OTHER_NAMES = {
    "div": ("p",),
    "ecode": ("pre", "code"),
    "quote": ("blockquote",),
    "strike": ("s",),
}
# Known to HTML and not to us: the tag goes, its words stay. A name in neither list was meant as words, like <vector>.
_DROPPED = """
    acronym address applet area article aside audio base basefont bdi bdo bgsound big blink body button canvas caption
    center cite col colgroup data datalist details dfn dialog dir embed fieldset figcaption figure font footer form
    frame frameset head header hgroup html iframe image img input ins isindex kbd keygen label legend link listing main
    map mark marquee math menu meta meter multicol nav nobr noembed noframes noscript object optgroup option output
    param picture plaintext progress q rb rp rt rtc ruby samp script search section select slot small source style
    summary svg table tbody td template textarea tfoot th thead time title tr track u var video wbr xml xmp
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What one kind of text may look like.

    ``tags``: name as written -> the tags it becomes, outermost first. ``dropped``: names that go and leave their words.
    ``shows_hosts``: whether a link tells where it leads; readers are warned of each other, not of the editors.
    """

    tags: Mapping[str, tuple[str, ...]]
    dropped: frozenset[str]
    cleaner: nh3.Cleaner
    shows_hosts: bool


def _shape(headings: Mapping[str, tuple[str, ...]], *, shows_hosts: bool) -> Shape:
    tags = {name: (name,) for name in _TAGS.split()} | _BY_OTHER_NAMES | headings
    return Shape(
        tags,
        frozenset(_DROPPED.split()),
        _sanitiser({tag for written in tags.values() for tag in written}),
        shows_hosts,
    )


def _sanitiser(tags: set[str]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=tags,
        attributes={"a": {"href"}, "ol": {"start"}, "*": set()},  # "*" would otherwise allow lang and title
        allowed_classes={"span": set(CODE_CLASSES), "pre": {BLOCK_CLASS}},
        set_tag_attribute_values={"pre": {"tabindex": "0"}},  # long lines scroll, and not every browser lets keys do it
        url_schemes=set(SCHEMES),
        url_relative="deny",
        link_rel=LINK_REL,
    )


COMMENT = _shape(dict.fromkeys(_HEADINGS, ("p", "strong")), shows_hosts=True)
STORY = _shape({name: ("h3",) if name < "h4" else ("h4",) for name in _HEADINGS}, shows_hosts=False)
