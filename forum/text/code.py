"""Code in colors: a short list of languages, marked up with classes when the text is written."""

import re
from functools import lru_cache
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

from forum import policy
from forum.text.shape import BLOCK_CLASS, CODE_CLASSES

# Lexers take up to the square of the length, some the cube. These were seen to stay under 80 ms for the longest code we
# color, whatever it holds; Java, C# and TypeScript were not. A language that is not here is shown without colors.
LANGUAGES = {
    "bash": "bash",
    "c": "c",
    "c++": "cpp",
    "cpp": "cpp",
    "css": "css",
    "diff": "diff",
    "go": "go",
    "html": "html",
    "ini": "ini",
    "javascript": "javascript",
    "js": "javascript",
    "json": "json",
    "perl": "perl",
    "py": "python",
    "python": "python",
    "ruby": "ruby",
    "rust": "rust",
    "sh": "bash",
    "sql": "sql",
    "toml": "toml",
    "xml": "xml",
    "yaml": "yaml",
}
_STRAINS_LEXERS = re.compile(r"\s{60}|(?:[^\\]{0,9}\\){120}")  # long white space; long runs of escapes


def color_code(code: str, language: str) -> str:
    """One block of code as HTML; empty if its language is unknown, or coloring would cost or grow too much."""
    name = LANGUAGES.get(language.lower())
    if name is None or len(code) > policy.COLORED_CODE_MAX or _STRAINS_LEXERS.search(code):
        return ""
    colored = "".join(_color(kind, escape(word, quote=False)) for kind, word in _lexer(name).get_tokens(code))
    if len(colored) > policy.COLORED_CODE_GROWTH * len(code):
        return ""
    return f'<pre class="{BLOCK_CLASS}"><code>{colored}</code></pre>'


def _color(kind: _TokenType, word: str) -> str:
    css_class = STANDARD_TYPES.get(kind)
    return f'<span class="{css_class}">{word}</span>' if css_class in CODE_CLASSES else word


@lru_cache(maxsize=len(LANGUAGES))
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name, stripnl=False)
