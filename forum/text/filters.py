"""What is no comment though it can be shown: floods, shouting, junk, words stacked up (Slash: the lameness filter).

Judged is what readers would see, part by part: own words, code, what is quoted. Nothing here knows a language, and
nothing counts letters from a to z: what a letter is, and whether its script has capitals at all, Unicode says. Every
measure takes one pass over the text.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

from forum import policy
from forum.text.render import TextRefused

_PIECE = re.compile(r"<(/?)([a-z0-9]+)[^<>]*>|([^<]+)")
_INSIDE_A_LINE = frozenset(("a", "abbr", "b", "del", "em", "i", "s", "span", "strong", "sub", "sup", "tt"))
_BLANKS = re.compile(r"\s+")
_RUN = re.compile(r"(\S)\1+")
_LETTERS = re.compile(r"[^\W_]+")
_HOST = re.compile(r'href="https?://([^/"?#]+)')
_DIGITS = re.compile(r"\d+")
_SIGNS = "".join(chr(one) for one in range(0x21, 0x7F) if not chr(one).isalnum()) + "“”«»„‘’…¿¡、。，！？：；（）「」"
_SCHEMES = frozenset(("http", "https", "ftp", "mailto"))
_RULERS = re.compile("[-=+~<>|^`$\u2500-\u259f]")
# Marks that go on the letters of any script; those of one script (Hebrew points, Thai vowels) are its way of writing.
_STACKS = re.compile(rf"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{{{policy.MARKS_STACKED},}}")
# Scripts that put no blanks between words: Thai and its neighbours, Tibetan, Burmese, Khmer, and East Asia.
_UNPARTED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u1aaf\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Parts:
    """A text as readers see it: the writer's own words with their lines, code, and what others said."""

    own: str
    code: str
    quoted: str


def check_fit(html: str) -> None:
    """Raise TextRefused, with words that say what to change, if this rendered comment is no comment."""
    parts = parts_of(html)
    words = (
        _only_quotes(parts)
        or _stacks_marks(parts)
        or _repeats(parts)
        or _shouts(parts.own)
        or _is_junk(parts.own)
        or _stands_in_a_column(parts.own)
        or _has_an_endless_word(parts.own)
    )
    if words:
        raise TextRefused(words)


def check_fit_subject(subject: str) -> None:
    """The same for a subject; a reply's "Re:" repeats what somebody else wrote, and is not judged."""
    if subject[:3].casefold() == "re:":
        return
    if _upper_share(subject, policy.SUBJECT_SHOUT_FROM) > policy.SHOUT_SHARE:
        raise TextRefused("The subject is all in capitals. Please write it in small letters, too.")
    if _longest_run(subject) >= policy.SUBJECT_RUN_MAX:
        raise TextRefused("The subject repeats one character again and again. Please shorten that.")


def fingerprint(html: str) -> str | None:
    """A hash of what a text says, however it is set, spaced or capitalised; None for a text too short to be told by it.

    "Thank you!" is said by many.
    """
    parts = parts_of(html)
    folded = unicodedata.normalize("NFKC", f"{parts.own} {parts.code}").casefold()
    letters = "".join(_LETTERS.findall(folded))
    if len(letters) < policy.SAME_TEXT_FROM:
        return None
    return hashlib.sha256(letters.encode()).hexdigest()[:32]


def words_said(html: str, most: int, longest: int) -> frozenset[str]:
    """The different words of a text and the hosts it links to, for statistics; pairs where a script parts no words."""
    found: dict[str, None] = {}
    for word in words_of(parts_of(html).own):
        if "://" in word:
            continue
        pieces = map("".join, pairwise(word)) if _UNPARTED.search(word) else (word[:longest],)
        found.update(dict.fromkeys(pieces))
    hosts = (f"link to {host}"[:longest] for host in _HOST.findall(html))
    return frozenset(list(dict.fromkeys((*hosts, *found)))[:most])


def parts_of(html: str) -> Parts:
    """Sanitised HTML by what its words are; one pass."""
    found, quotes, codes = {"own": [], "code": [], "quoted": []}, 0, 0
    for close, tag, words in _PIECE.findall(html):
        step = -1 if close else 1
        if tag == "blockquote":
            quotes += step
        elif tag in ("pre", "code"):
            codes += step
        kind = "quoted" if quotes else "code" if codes else "own"
        if words:
            found[kind].append(words)
        elif tag not in _INSIDE_A_LINE:
            found[kind].append(" " if tag == "code" else "\n")
    return Parts(**{kind: unescape("".join(pieces)) for kind, pieces in found.items()})


# -- One filter each: words for the writer, or "" ----------------------------------------------------------------


def _only_quotes(parts: Parts) -> str:
    if parts.quoted.strip() and not (parts.own.strip() or parts.code.strip()):
        return "There is only a quotation in this text. Please add what you have to say about it."
    return ""


def _stacks_marks(parts: Parts) -> str:
    if len(_STACKS.findall(parts.own + parts.code)) >= policy.MARKS_STACKED_MAX:
        return (
            "This text stacks accents and other marks over its letters until they cover other lines. Please use less."
        )
    return ""


def _repeats(parts: Parts) -> str:
    own, words = parts.own.strip(), words_of(parts.own)
    ink = "".join(own.split())
    if (len(ink) >= policy.ONE_CHARACTER_FROM and len(set(ink)) == 1) or _longest_run(own) >= policy.RUN_MAX:
        return "This text repeats one character again and again. Please shorten that."
    if _repeats_a_line(own):
        return "This text repeats one line again and again. Please say it once."
    if len(words) >= policy.SAME_WORD_FROM:
        word, found = Counter(words).most_common(1)[0]
        if found >= policy.SAME_WORD_SHARE * len(words):
            return f"This text repeats the word “{word[: policy.WORD_SHOWN]}” again and again. Please say it once."
    has_few_words = len(words) >= policy.FEW_WORDS_FROM and len(set(words)) < policy.FEW_WORDS_SHARE * len(words)
    is_same = _sameness(" ".join(_without_addresses(own))) > policy.SAMENESS_MAX
    if has_few_words or is_same or _sameness(parts.code) > policy.SAMENESS_CODE_MAX:
        return "This text says the same again and again. Please say it once."
    return ""


def words_of(text: str) -> list[str]:
    """What stands between blanks, folded, without the signs around it; neither numbers nor single letters."""
    words = (word.strip(_SIGNS) for word in text.casefold().split())
    return [word for word in words if len(word) > 1 and not word.isdecimal()]


def _longest_run(text: str) -> int:
    """Of one letter, digit or picture; a ruler of dashes or stars may be as long as a line."""
    return max((_run_length(match[0]) for match in _RUN.finditer(text)), default=0)


def _run_length(run: str) -> int:
    is_ruler = _RULERS.match(run) or unicodedata.category(run[0])[0] == "P"
    return len(run) // policy.RULER_TO_RUN if is_ruler else len(run)


def _repeats_a_line(text: str) -> bool:
    """Whether most of the text is one line; it may count its repetitions."""
    lines = [" ".join(line.split()) for line in text.casefold().split("\n")]
    lines = [line for line in lines if len(line) >= policy.LINE_FROM and _LETTERS.search(line)]
    counted = [_DIGITS.sub("0", line) for line in lines if not _DIGITS.fullmatch(line)]
    return any(
        found and found[0][1] >= least and found[0][1] * 2 > len(lines)
        for found, least in (
            (Counter(lines).most_common(1), policy.SAME_LINE_MAX),
            (Counter(counted).most_common(1), policy.COUNTED_LINE_MAX),
        )
    )


def _sameness(text: str) -> float:
    """The share of the text's places whose next characters stood there before; 0 for a short text."""
    folded = _RUN.sub(r"\1", _BLANKS.sub(" ", text.casefold()))
    size = policy.SAMENESS_WINDOW
    places = len(folded) - size + 1
    if places < policy.SAMENESS_FROM:
        return 0
    return 1 - len({folded[at : at + size] for at in range(places)}) / places


def _shouts(own: str) -> str:
    if _upper_share(own, policy.SHOUT_FROM) > policy.SHOUT_SHARE:
        return "This text is nearly all in capitals, which reads as shouting. Please write it in small letters, too."
    return ""


def _upper_share(text: str, least: int) -> float:
    """The share of capitals among all letters, where there are so many capitals.

    A script without case has none, and its letters weigh more: among them stand names such as HTTP and USB.
    """
    found = Counter(text)
    upper = sum(count for one, count in found.items() if one.isupper())
    lower = sum(count for one, count in found.items() if one.islower())
    others = sum(count for one, count in found.items() if one.isalpha()) - upper - lower
    return upper / (upper + lower + policy.CASELESS_WEIGHT * others) if upper >= least else 0


def _is_junk(own: str) -> str:
    found = Counter(_RUN.sub(r"\1", "".join(_without_addresses(own))))
    ink = sum(found.values())
    readable = sum(count for one, count in found.items() if unicodedata.category(one)[0] in "LMN")
    if ink >= policy.JUNK_FROM and readable < policy.JUNK_SHARE * ink:
        return "There are hardly any letters in this text. Please say it in words, or post drawings as code."
    return ""


def _stands_in_a_column(own: str) -> str:
    lines = [line for line in map(str.strip, own.split("\n")) if line]
    if len(lines) >= policy.COLUMN_FROM and sum(map(_width, lines)) < policy.COLUMN_WIDTH * len(lines):
        return "This text has only a few characters on each of its many lines. Please put more on a line."
    return ""


def _width(line: str) -> int:
    """Letters of East Asia are twice as wide, and say as much."""
    return sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in line[: policy.COLUMN_LOOK])


def _has_an_endless_word(own: str) -> str:
    words = (word for word in _without_addresses(own) if len(word) > policy.WORD_MAX)
    longest = max((len(word) for word in words if not _UNPARTED.search(word)), default=0)
    if longest:
        return f"There is a word of {longest:,} characters in this text. Please put blanks into it, or post it as code."
    return ""


def _without_addresses(text: str) -> list[str]:
    """What stands between blanks; addresses are as long as they are, and no words."""
    words = text.split()
    return [
        word
        for word in words
        if word.partition("://")[0].lstrip(_SIGNS).casefold() not in _SCHEMES or "://" not in word
    ]
