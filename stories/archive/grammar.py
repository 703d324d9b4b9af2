"""The forms of single lines: id, title, score, author, link, paragraph. Each takes time linear in the line."""

import re
from typing import NamedTuple

from forum import policy
from stories.archive.article import BadArticle, Link, Paragraph, check_length, shown

BEFORE_TEXT = ("", "")  # blank lines between dateline and text
BETWEEN_PARTS = ("", "", "")  # blank lines between text, links and comments

ANONYMOUS = "Anonymous Coward"
ANONYMOUS_UIDS = (None, "666")
KNOWN_REASONS = frozenset(
    {"Normal", "Spam", "Disagree", "Touché"} | {reason.name for reason in policy.REASONS.values()}
)
KNOWN_SCORES = {str(score): score for score in policy.SCORES}

ID = re.compile(r"News: ([0-9]+)")
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.([a-z]{2,}|xn--[a-z0-9-]+)")
SCORE = re.compile(r"\(Score:(-?[0-9]+)(?:, ([^()]+))?\)")
AUTHOR_NUMBER = re.compile(r"\( ([0-9]+) \)( \*)?")
LINK = re.compile(r"\[(0|[1-9][0-9]{0,5})\] ([A-Za-z][A-Za-z0-9+.-]*:[^ \t]+)")
QUOTED = re.compile(r"(>+)(?: (.*))?", re.DOTALL)


class ScoreLine(NamedTuple):
    """``heading (Score:score, reason)``, each as printed."""

    heading: str
    score: str
    reason: str | None


class AuthorLine(NamedTuple):
    """``by name ( uid ) *``, name and number as printed."""

    name: str
    uid: str | None
    subscriber: bool


def check_id_line(text: str) -> str:
    """The digits after ``News: ``, zeros included; BadArticle at line 1 when the file is something else."""
    match = ID.fullmatch(text)
    if match is None:
        raise BadArticle(1, f"expected 'News: ' and digits, found {shown(text) if text else 'an empty line'}")
    digits = match.group(1)
    check_length(digits, policy.ARCHIVE_ID_MAX, 1, "a number of the story")
    return digits


def split_title(text: str) -> tuple[str, str | None]:
    """Title and domain. Only the last bracket counts, and only a host name in lower case is a domain."""
    title, blank, last = text.rpartition(" (")
    is_domain = blank and last.endswith(")") and HOST.fullmatch(last[:-1]) and title and not title[-1].isspace()
    return (title, last[:-1]) if is_domain else (text, None)


def as_score_line(text: str) -> ScoreLine | None:
    """The parts of a score line; it counts only if an author line comes next."""
    start = text.rfind("(Score:") if text.endswith(")") else -1
    match = SCORE.fullmatch(text, start) if start >= 0 else None
    return ScoreLine(text[:start], match.group(1), match.group(2)) if match else None


def as_author_line(text: str) -> AuthorLine | None:
    """The parts of an author line. Names may hold blanks, brackets and stars: the last ``( digits )`` counts."""
    if text == f"by {ANONYMOUS}":
        return AuthorLine(ANONYMOUS, None, False)
    by, _, printed = text.partition(" ")
    name, blank, number = printed.rpartition(" ( ")
    match = AUTHOR_NUMBER.fullmatch(f"( {number}") if by == "by" and blank else None
    if match is None or not name.strip():
        return None
    return AuthorLine(name, match.group(1), bool(match.group(2)))


def as_link(text: str) -> Link | None:
    match = LINK.fullmatch(text)
    return Link(int(match.group(1)), match.group(2)) if match else None


def as_paragraph(text: str) -> Paragraph:
    match = QUOTED.fullmatch(text)
    return Paragraph(len(match.group(1)), match.group(2) or "") if match else Paragraph(0, text)


def is_anonymous(author: AuthorLine) -> bool:
    return author.name == ANONYMOUS and author.uid in ANONYMOUS_UIDS


def is_cut_score_line(text: str) -> bool:
    """Whether the file may have ended inside ``(Score:5, Funny)``."""
    start = text.rfind("(")
    rest = text[start:] if start >= 0 else ""
    return rest.startswith("(S") and ("(Score:".startswith(rest) or (rest.startswith("(Score:") and ")" not in rest))
