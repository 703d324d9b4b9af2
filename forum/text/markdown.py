"""Markdown: CommonMark without raw HTML, images and reference definitions, with strike-through and coloured code."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from forum import policy
from forum.text.address import bare_address_at
from forum.text.code import color_code

_SCHEMES = ("https", "http")


def markdown_to_html(source: str) -> str:
    """Markdown source to rough HTML, still to be laid out and sanitised."""
    return _MARKDOWN.render(source)


def _keep_address_whole(state: StateInline, silent: bool) -> bool:
    """Take a written-out address as one word, so that the underscores in it emphasise nothing."""
    if state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = next((name for name in _SCHEMES if state.src.endswith(name, 0, state.pos)), None)
    address = scheme and bare_address_at(state.src, state.pos - len(scheme))
    if not address or not state.pending.endswith(scheme):
        return False
    if not silent:
        state.pending += address[len(scheme) :]
    state.pos += len(address) - len(scheme)
    return True


def _show_images_as_links(state: StateCore) -> None:
    """Drop the ``!`` of ``![words](address)``: a picture from elsewhere would tell its owner who reads what."""
    for block in state.tokens:
        children = block.children or []
        for token, following in pairwise(children):
            if following.type == "link_open" and token.type == "text" and token.content.endswith("!"):
                token.content = token.content[:-1]


def _show_code(_renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: OptionsDict, env: EnvType) -> str:
    """A fenced block, in colors as long as all colored blocks of the text stay within the limit together."""
    code, words = tokens[at].content, tokens[at].info.split()
    colored_length = env.get("colored_length", 0) + len(code)
    if words and colored_length <= policy.COLORED_CODE_MAX:
        env["colored_length"] = colored_length
        if colored := color_code(code, words[0]):
            return colored + "\n"
    return f"<pre><code>{escape(code, quote=False)}</code></pre>\n"


def _parser() -> MarkdownIt:
    # Twice the depth at which a text is refused: the parser drops what is deeper, and nothing may vanish unsaid.
    options = {"html": False, "maxNesting": policy.MARKUP_DEPTH_MAX * 2}
    parser = MarkdownIt("commonmark", options)
    # One definition used 7,000 times turned 35 kB into 50 MB.
    parser.disable(["reference", "html_block", "html_inline", "image"]).enable("strikethrough")
    parser.inline.ruler.after("text", "address", _keep_address_whole)
    parser.core.ruler.before("text_join", "image_links", _show_images_as_links)
    parser.add_render_rule("fence", _show_code)
    return parser


_MARKDOWN = _parser()
