"""How somebody reads: thresholds, mode and order, from the link, else the cookie, else the account, else the policy.

A link's choice is remembered in a cookie of the reader's own browser, so that following a link writes no row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from forum import policy
from forum.accounts.models import ReadingMode, ReadingOrder
from forum.accounts.queries import load_taste
from forum.cookies import read_cookie, set_cookie, take_back_cookie
from forum.scores import VISITOR, Taste

COOKIE = "reading"
COOKIE_LIFETIME = timedelta(days=365)
CURSOR_DIGITS = 19  # more than that is no comment's number, and no number that a database knows
CHOICES = ("threshold", "mode", "order", "full_from")  # in the order of the cookie, which grew at its end
READ_BY = (*CHOICES, "after")  # what an address can say about reading a discussion


SCORES = {str(score): score for score in policy.SCORES}
ALLOWED = {
    "threshold": SCORES,
    "full_from": SCORES,
    "mode": {mode: mode for mode in ReadingMode.values},
    "order": {order: order for order in ReadingOrder.values},
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader's way to see a discussion."""

    threshold: int = policy.THRESHOLD_DEFAULT  # comments with a lower score are hidden
    full_from: int = policy.FULL_FROM_DEFAULT  # those with a lower one are a line that opens
    mode: str = ReadingMode.NESTED.value
    order: str = ReadingOrder.OLDEST.value
    taste: Taste = VISITOR

    def link(self, **changed) -> str:
        """The query string of the same page read in another way."""
        # Numbers and words of our own; a page has twenty such links.
        return "?" + "&".join([f"{name}={changed.get(name, getattr(self, name))}" for name in CHOICES])

    def cookie(self) -> str:
        return ".".join(str(getattr(self, name)) for name in CHOICES)


def reading_of(request) -> Reading:
    """How this request wants to read; a value that makes no sense is passed over."""
    reading = Reading()
    if request.user.is_authenticated:
        member = request.user
        chosen = {name: getattr(member, name) for name in CHOICES}
        reading = Reading(**chosen, taste=load_taste(member))
    kept = read_cookie(request, COOKIE).split(".")
    reading = _with(reading, dict(zip(CHOICES, kept, strict=False)))
    return _with(reading, request.GET)


def _with(reading: Reading, wanted: Mapping[str, str]) -> Reading:
    chosen = {name: ALLOWED[name].get(wanted.get(name, "")) for name in CHOICES}
    return replace(reading, **{name: value for name, value in chosen.items() if value is not None})


def remember_reading(request, response, reading: Reading):
    """Keep a choice made by link for the next page."""
    if request.GET.keys() & set(CHOICES) and read_cookie(request, COOKIE) != reading.cookie():
        set_cookie(response, COOKIE, reading.cookie(), COOKIE_LIFETIME)
    return response


def forget_reading(response):
    """Let the account's preferences count again."""
    take_back_cookie(response, COOKIE)
    return response


def cursor_of(request) -> int | None:
    """The comment that the wanted page of a discussion comes after (``?after=``); None: the first page."""
    after = request.GET.get("after", "")
    return int(after) if after.isdecimal() and after.isascii() and len(after) < CURSOR_DIGITS else None
