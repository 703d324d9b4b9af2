"""Texts made comparable, and the signs of a text that the source cut off."""

import re
import unicodedata
from collections.abc import Iterable

from forum import policy
from stories.archive.article import ArchivedComment, Paragraph

MARKER = re.compile(r"\[[0-9]+\]")
DOMAIN_TAG = re.compile(r" ?\[[a-z0-9-]+(?:\.[a-z0-9-]+)+\]")
CLOSING_MARKS = ".!?…:;)]}>\"'”’»*"


def folded(text: str) -> str:
    """Letters and digits only: no case, no punctuation, no curly or straight quotes, no [N], no white space."""
    plain = unicodedata.normalize("NFKC", MARKER.sub("", text)).casefold()
    return "".join(filter(str.isalnum, plain))


def own_text(paragraphs: Iterable[Paragraph]) -> str:
    """What the author wrote: everything that is not quoted."""
    return "".join(paragraph.text for paragraph in paragraphs if not paragraph.depth)


def printed_text(paragraphs: Iterable[Paragraph]) -> str:
    return "".join(paragraph.printed for paragraph in paragraphs if not paragraph.is_gap)


def folded_text(comment: ArchivedComment) -> str:
    """The first policy.ARCHIVE_IDENTITY_MAX folded characters: what tells two comments of one author apart.

    A text without a letter or digit stands for itself, or all such texts would be one.
    """
    whole = printed_text(comment.paragraphs)
    return (folded(whole) or "".join(whole.split()))[: policy.ARCHIVE_IDENTITY_MAX]


def is_cut_off(paragraphs: Iterable[Paragraph], score: int) -> bool:
    """Whether the source cut this text at 512 characters: its length, own or whole, and an open end say so."""
    texts = [paragraph for paragraph in paragraphs if not paragraph.is_gap]
    if score >= policy.ARCHIVE_FULL_FROM or not texts or texts[-1].text.endswith(tuple(CLOSING_MARKS)):
        return False
    return any(has_cut_length(text) for text in (own_text(texts), printed_text(texts)))


def has_cut_length(text: str) -> bool:
    counted = DOMAIN_TAG.sub("", MARKER.sub("", text))
    return policy.ARCHIVE_CUT_MIN <= len(counted) <= policy.ARCHIVE_CUT_MAX
