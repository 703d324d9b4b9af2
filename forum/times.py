"""Times in the zone and the words that a reader chose, put into a page that is otherwise the same for everybody.

Every time on a page stands in a ``<time datetime="…">``, so it can be said otherwise when the page is sent: pages and
comments are made once, in the site's own zone (docs/decisions/0020).
"""

import re
from calendar import month_name
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

MONTHS = tuple(month_name)  # from 1
# The same in a page and, with its quotation marks escaped, in an answer of JSON.
TIME = re.compile(r'(<time datetime=\\?"([^"\\<>]{10,40})\\?">)([^<]*)(?=</time>)')
YEAR = re.compile(r"\d{4}")


def _twelve(moment: datetime | time) -> str:
    half, hour = divmod(moment.hour, 12)
    return f"{hour or 12:02}:{moment.minute:02}{'PM' if half else 'AM'}"


def _twenty_four(moment: datetime | time) -> str:
    return f"{moment.hour:02}:{moment.minute:02}"


# name: (how a day is said, how a time is said, what stands between); the first is how everybody reads them at first
FORMATS: dict[str, tuple[Callable[[date], str], Callable[[datetime | time], str], str]] = {
    "slash": (lambda day: f"{MONTHS[day.month]} {day.day}, {day.year}", _twelve, " @"),
    "words": (lambda day: f"{day.day} {MONTHS[day.month]} {day.year}", _twenty_four, ", "),
    "iso": (lambda day: f"{day.year}-{day.month:02}-{day.day:02}", _twenty_four, " "),
    "dots": (lambda day: f"{day.day:02}.{day.month:02}.{day.year}", _twenty_four, " "),
    "slashes": (lambda day: f"{day.day:02}/{day.month:02}/{day.year}", _twenty_four, " "),
    "american": (lambda day: f"{day.month:02}/{day.day:02}/{day.year}", _twelve, " "),
}
USUAL = next(iter(FORMATS))


def time_words(moment: datetime, form: str = USUAL, *, day: bool = True, clock: bool = True) -> str:
    """A time in words, such as ``May 4, 2026 @12:00PM``, or only its day, or only the clock."""
    day_words, clock_words, between = FORMATS[form]
    return between.join(([day_words(moment)] if day else []) + ([clock_words(moment)] if clock else []))


# Each minute of a day, for machines and in the usual words: a page of 1,000 comments says as many times.
CLOCKS = tuple(
    (f"{minute // 60:02}:{minute % 60:02}", FORMATS[USUAL][1](time(*divmod(minute, 60)))) for minute in range(24 * 60)
)


def usual_time(moment: datetime, zone: tzinfo) -> tuple[str, str]:
    """A time in this zone, to the minute: for machines (ISO 8601), and in words as everybody reads them at first."""
    local = moment.astimezone(zone)
    day, offset, said = _usual_day(local.date(), local.utcoffset())
    clock, clock_words = CLOCKS[60 * local.hour + local.minute]
    return f"{day}T{clock}{offset}", said + clock_words


@lru_cache(maxsize=1024)
def _usual_day(day: date, offset: timedelta) -> tuple[str, str, str]:
    """A day and an offset for machines, and the day as words of a time begin."""
    words, _, between = FORMATS[USUAL]
    zone = datetime(2026, 1, 1, tzinfo=timezone(offset)).isoformat()[len("2026-01-01T00:00:00") :]
    return day.isoformat(), zone, f"{words(day)}{between}"


def in_times_of(html: str, zone: tzinfo, form: str) -> str:
    """The page with each time as this reader wants it: the day, the clock, or both, as it was said before."""

    def said(found: re.Match) -> str:
        head, written, words = found.groups()
        try:
            moment = datetime.fromisoformat(written).astimezone(zone)
        except (ValueError, OverflowError):
            return found.group()
        return head + time_words(moment, form, day=bool(YEAR.search(words)), clock=":" in words)

    return TIME.sub(said, html)
