"""Characters: which may stay, which are seen, how many marks one letter carries."""

import re
import unicodedata

from forum import policy

_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
# Controls, lone surrogates, the bidi overrides and isolates that can reorder a whole line, deprecated format
# characters, invisible operators, byte order marks, annotation marks, non-characters, and the invisible "tag" alphabet.
_NEVER = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
_TURNS = re.compile("[\u061c\u200e\u200f]")
# Harmless in a paragraph, where Arabic, Hebrew and Persian need some of them; in a name or a subject they only deceive.
_NEVER_IN_A_LINE = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
# The dot before a letter or after one, and the colon of http:// and its like, where no blank follows.
_IN_A_HOST = re.compile(r"(?<=[^\W\d_])\.(?=\w)|(?<=\w)\.(?=[^\W\d_])|:(?=//)")
# Letters and symbols by their category, but drawn as nothing.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
_MARKS = ("Mn", "Me")
_UNSEEN_CATEGORIES = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"))


def tidy(text: str) -> str:
    """Text of any number of lines, without what can harm or hide: line ends ``\\n``, no controls, NFC, few marks."""
    text = _NEVER.sub("", _LINE_ENDS.sub("\n", text))
    if text.isascii():
        return text
    # Before NFC too: sorting a run of 10,000 marks takes the square of its length.
    return _cut_marks(unicodedata.normalize("NFC", _cut_marks(text)))


def holds_harm(text: str) -> bool:
    """Is there a character in it that could end the line, turn its direction, or be dropped on the way?"""
    return bool(_NEVER.search(text) or _LINE_ENDS.search(text) or _TURNS.search(text))


def clean_line(text: str) -> str:
    """One line for a subject, a name or a reason: blanks folded, nothing invisible, NFC; empty if nothing shows."""
    line = " ".join(_NEVER_IN_A_LINE.sub("", tidy(text)).split())
    return line if is_visible(line) else ""


def unlinked(line: str) -> str:
    """The line with a blank wherever a mail program would find an address to make a link of: www. evil. example.

    Numbers such as 5.2 stay as they are. No two names differ by blanks alone, so each can still be told.
    """
    return _IN_A_HOST.sub(r"\g<0> ", line)


def is_visible(text: str) -> bool:
    """Does anything of this text leave ink on the page?"""
    return any(_is_seen(character) for character in text)


def without_leading_marks(text: str) -> str:
    """Drop marks that stand on no letter, so that no tag can lengthen the run of marks before it."""
    start = 0
    while start < len(text) and unicodedata.category(text[start]) in _MARKS:
        start += 1
    return text[start:]


def _is_seen(character: str) -> bool:
    return character not in _BLANKS and unicodedata.category(character) not in _UNSEEN_CATEGORIES


def _cut_marks(text: str) -> str:
    kept, run = [], 0
    for character in text:
        run = run + 1 if unicodedata.category(character) in _MARKS else 0
        if run <= policy.COMBINING_RUN_MAX:
            kept.append(character)
    return "".join(kept)
