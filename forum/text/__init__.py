"""A reader's text becomes safe HTML here, and nowhere else.

Everything shown to the public as HTML passes the same two walls: a layout that writes only tags it knows and escapes
every character it was given, and the sanitiser after it. Both are pure: text in, text out.

``RENDERER_VERSION`` is stored beside rendered text; what an older version rendered can be rendered again from source.

May import: forum.policy and nothing else of the project.
"""

from forum.text.archived import render_archived
from forum.text.characters import clean_line, unlinked
from forum.text.excerpt import excerpt
from forum.text.filters import check_fit, check_fit_subject, fingerprint, words_said
from forum.text.mentions import names_in
from forum.text.quotation import is_said, quote
from forum.text.render import MARKUPS, RENDERER_VERSION, TextRefused, clean, render, render_story

__all__ = [
    "MARKUPS",
    "RENDERER_VERSION",
    "TextRefused",
    "check_fit",
    "check_fit_subject",
    "clean",
    "clean_line",
    "excerpt",
    "fingerprint",
    "is_said",
    "names_in",
    "quote",
    "render",
    "render_archived",
    "render_story",
    "unlinked",
    "words_said",
]
