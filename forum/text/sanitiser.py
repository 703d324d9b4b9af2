"""The second wall, last in every mode: the sanitiser with the forum's allow-list."""

from forum.text.layout import lay_out
from forum.text.shape import COMMENT, Shape


def sanitise(html: str, shape: Shape) -> str:
    """Laid-out HTML through the sanitiser: nothing but the shape's tags, href, and the classes of coloured code."""
    cleaned = shape.cleaner.clean(html)
    if "<a rel=" in cleaned:
        # The sanitiser reads addresses more strictly than we do, and took one away: its link goes, its words stay.
        cleaned = shape.cleaner.clean(lay_out(cleaned, shape).html)
    return cleaned


def clean(html: str, shape: Shape = COMMENT) -> str:
    """Any HTML made safe; ``clean(clean(x)) == clean(x)``. Tags nested too deep are left out, their words stay."""
    return sanitise(lay_out(html, shape).html, shape)
