"""The dateline: ``(Sunday April 20, 2025 @11:34AM (editor) from the some-words dept.)`` and the moment it means."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from forum import policy
from stories.archive.article import BadArticle, check_length, shown

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July")
MONTHS += ("August", "September", "October", "November", "December")
HOURS = ("12", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11")  # by their place, as clocks show them

FORM = re.compile(
    r"\((?:\[([^\]]*)\] )?([A-Za-z]+) ([A-Za-z]+) ([0-9]{1,2}), ([0-9]{4}) @([0-9]{1,2}):([0-9]{2})(AM|PM)"
    r"(?: \((.*?)\))?(?: from the (.*) dept\.)?\)"
)
EXPECTED = "a dateline like '(Sunday April 20, 2025 @11:34AM (editor) from the some-words dept.)'"


class Dateline(NamedTuple):
    """Its parts (None: not there), the moment in UTC, and warnings in words."""

    category: str | None
    published_utc: datetime
    editor: str | None
    dept: str | None
    warnings: tuple[str, ...]


def read_dateline(text: str, zone: str, line: int) -> Dateline:
    """Raises BadArticle at ``line`` if this is no dateline or no such day, time or zone exists."""
    check_length(text, policy.ARCHIVE_DATELINE_MAX, line, "a dateline")
    match = FORM.fullmatch(text)
    if match is None:
        raise BadArticle(line, f"expected {EXPECTED}, found {shown(text)}")
    category, weekday, month, day, year, hour, minute, half, editor, dept = match.groups()
    on = day_of(int(year), month, int(day), line)
    at = time_of(hour, minute, half, line)
    published_utc, gap_warnings = in_utc(datetime.combine(on, at), zone, line)
    warnings = (*weekday_warnings(weekday, on), *gap_warnings)
    return Dateline(category, published_utc, editor, dept, warnings)


def day_of(year: int, month: str, day: int, line: int) -> date:
    if month not in MONTHS:
        raise BadArticle(line, f"expected the English name of a month, found {shown(month)}")
    try:
        return date(year, MONTHS.index(month) + 1, day)
    except ValueError:
        raise BadArticle(line, f"expected a day of the calendar, found '{month} {day}, {year:04d}'") from None


def time_of(hour: str, minute: str, half: str, line: int) -> time:
    """12:05AM is 00:05 and 12:05PM is 12:05."""
    try:
        place = HOURS.index(hour.zfill(len(HOURS[0])))
        return time(place + (len(HOURS) if half == "PM" else 0), int(minute))
    except ValueError:
        raise BadArticle(line, f"expected a time from 12:00AM to 11:59PM, found '{hour}:{minute}{half}'") from None


def weekday_warnings(weekday: str, on: date) -> list[str]:
    right = WEEKDAYS[on.weekday()]
    if weekday == right:
        return []
    return [f"expected {right}, the weekday of {on.isoformat()}, found {shown(weekday)}; the date counts"]


def in_utc(local: datetime, zone: str, line: int) -> tuple[datetime, list[str]]:
    """The moment a clock in ``zone`` shows ``local`` for the first time. A skipped hour counts by the old offset."""
    try:
        moment = local.replace(tzinfo=known_zone(zone, line), fold=0).astimezone(UTC)
        seen_again = on_the_clock(moment, zone)
    except OverflowError:
        raise BadArticle(line, f"expected a year from 1 to 9999 in UTC too, found '{local.isoformat()}'") from None
    if seen_again == local:
        return moment, []
    words = f"expected a time that the clocks of {zone} showed, found {local:%H:%M}, which they skipped that day"
    return moment, [f"{words}; read as {moment:%H:%M} UTC"]


def known_zone(zone: str, line: int) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise BadArticle(line, f"expected a time zone such as 'America/New_York', found {shown(zone)}") from None


def on_the_clock(moment: datetime, zone: str) -> datetime:
    """What a clock on a wall in ``zone`` shows, to the minute."""
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    return local - timedelta(seconds=local.second, microseconds=local.microsecond)


def write_dateline(
    published_utc: datetime, zone: str, category: str | None, editor: str | None, dept: str | None
) -> str:
    """The dateline anew, day and hour with two digits."""
    local = on_the_clock(published_utc, zone)
    half, place = divmod(local.hour, len(HOURS))
    parts = [
        f"[{category}] " if category is not None else "",
        f"{WEEKDAYS[local.weekday()]} {MONTHS[local.month - 1]} {local.day:02d}, {local.year:04d} ",
        f"@{HOURS[place]}:{local.minute:02d}{'PM' if half else 'AM'}",
        f" ({editor})" if editor is not None else "",
        f" from the {dept} dept." if dept is not None else "",
    ]
    return f"({''.join(parts)})"
