"""From what a reader wrote to what all readers see: refuse, lay out, sanitise, and look at the result once more."""

from collections.abc import Mapping

from forum import policy
from forum.text.characters import is_visible, tidy
from forum.text.excerpt import text_of
from forum.text.layout import NOBODY, lay_out
from forum.text.markdown import markdown_to_html
from forum.text.plain import code_to_html, hypertext_to_html, plain_to_html
from forum.text.sanitiser import clean, sanitise
from forum.text.shape import COMMENT, STORY, Shape

__all__ = ["MARKUPS", "RENDERER_VERSION", "TextRefused", "clean", "render", "render_story"]

RENDERER_VERSION = 2
_TO_HTML = {
    "plain": plain_to_html,
    "html": hypertext_to_html,
    "markdown": markdown_to_html,
    "code": code_to_html,
}
MARKUPS = tuple(_TO_HTML)


class TextRefused(ValueError):
    """The text cannot be shown; the message says why, in words for its writer."""


def render(source: str, markup: str, names: Mapping[str, str] = NOBODY) -> str:
    """Safe HTML of a reader's text, at most policy.BODY_MAX characters of it.

    ``markup``: plain, html, markdown or code. ``names``: of ``names_in(source)`` the known ones, with the addresses
    that they link to. Raises TextRefused with words for the reader if the text is too long, shows nothing, nests too
    deep or would grow too much; ValueError for an unknown markup.
    """
    return _render(source, markup, COMMENT, policy.BODY_MAX, names)


def render_story(source: str, markup: str) -> str:
    """The same for an editor's story: up to policy.STORY_TEXT_MAX characters, and headings stay headings (h3, h4)."""
    return _render(source, markup, STORY, policy.STORY_TEXT_MAX, NOBODY)


def _render(source: str, markup: str, shape: Shape, longest: int, names: Mapping[str, str]) -> str:
    if markup not in _TO_HTML:
        raise ValueError(f"Unknown markup {markup!r}; it is one of {', '.join(MARKUPS)}.")
    _check_source(source, markup, longest)
    laid = lay_out(_TO_HTML[markup](tidy(source)), shape, with_links=True, names=names)
    if laid.too_deep:
        raise TextRefused("Quotations, lists or tags are nested too deep in this text. Please write it flatter.")
    html = sanitise(laid.html, shape).strip()
    _check_result(html, source)
    return html


def _check_source(source: str, markup: str, longest: int) -> None:
    if len(source) > longest:
        raise TextRefused(f"This text is {len(source):,} characters long; the longest we take is {longest:,}.")
    if markup == "markdown":
        _check_markdown(source)


def _check_markdown(source: str) -> None:
    """Refuse what costs the parser too long, before it begins."""
    if source.count("[") > policy.MARKDOWN_BRACKETS_MAX:
        raise TextRefused("This text has too many square brackets for Markdown. Please post it as code or plain text.")
    if sum(source.count(sign) for sign in "*_~`") > policy.MARKDOWN_SIGNS_MAX:
        raise TextRefused(
            "This text has too many signs of emphasis for Markdown. Please post it as code or plain text."
        )
    if source.count("\n") + source.count("\r") > policy.MARKDOWN_LINES_MAX:
        raise TextRefused("This text has too many lines for Markdown. Please post it as code or plain text.")


def _check_result(html: str, source: str) -> None:
    if len(html) > policy.BODY_MAX_GROWTH * max(len(source), policy.BODY_GROWTH_FLOOR):
        raise TextRefused("This text has far more markup than words. Please use less of it, or post it as plain text.")
    if not is_visible(text_of(html)):
        raise TextRefused("There is nothing to read in this text. Please write some words.")
