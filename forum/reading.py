"""How somebody reads: threshold, mode and order, from the link, else the cookie, else the account, else the policy.

A link's choice is remembered in a cookie of the reader's own browser, so that following a link writes no row.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from forum import policy
from forum.accounts.models import ReadingMode, ReadingOrder
from forum.accounts.queries import load_taste
from forum.scores import VISITOR, Taste

COOKIE = "reading"
COOKIE_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader's way to see a discussion."""

    threshold: int = policy.THRESHOLD_DEFAULT
    mode: str = ReadingMode.NESTED.value
    order: str = ReadingOrder.OLDEST.value
    taste: Taste = VISITOR

    def link(self, **changed) -> str:
        """The query string of the same page read in another way."""
        other = replace(self, **changed)
        return "?" + urlencode({"threshold": other.threshold, "mode": other.mode, "order": other.order})

    def cookie(self) -> str:
        return f"{self.threshold}.{self.mode}.{self.order}"


def reading_of(request) -> Reading:
    """How this request wants to read; a value that makes no sense is passed over."""
    reading = Reading()
    if request.user.is_authenticated:
        member = request.user
        reading = Reading(member.threshold, member.mode, member.order, load_taste(member))
    threshold, _, rest = request.COOKIES.get(COOKIE, "").partition(".")
    mode, _, order = rest.partition(".")
    reading = _with(reading, threshold, mode, order)
    return _with(reading, *(request.GET.get(name, "") for name in ("threshold", "mode", "order")))


def _with(reading: Reading, threshold: str, mode: str, order: str) -> Reading:
    scores = {str(score): score for score in range(policy.SCORE_MIN, policy.SCORE_MAX + 1)}
    return replace(
        reading,
        threshold=scores.get(threshold, reading.threshold),
        mode=mode if mode in ReadingMode.values else reading.mode,
        order=order if order in ReadingOrder.values else reading.order,
    )


def remember_reading(request, response, reading: Reading):
    """Keep a choice made by link for the next page."""
    if request.GET.keys() & {"threshold", "mode", "order"} and request.COOKIES.get(COOKIE) != reading.cookie():
        response.set_cookie(
            COOKIE, reading.cookie(), max_age=COOKIE_LIFETIME, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    return response


def forget_reading(response):
    """Let the account's preferences count again."""
    response.delete_cookie(COOKIE, samesite="Lax")
    return response
