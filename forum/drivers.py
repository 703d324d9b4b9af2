"""What the databases' drivers give, without what Django does to each value of it: for pages of a thousand rows.

A comment has two dozen columns. Asking a converter for each of them took as long as reading them, and reading a time
as Django does, which pages of comments need a thousand times, took half of both (docs/decisions/0027).
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from psycopg.types.datetime import TimestamptzLoader


class QuickTimes(TimestamptzLoader):
    """A time of PostgreSQL, read by Python's own parser where that can: as ISO 8601 with an offset."""

    timezone = UTC  # Django asks a connection's loader for it

    def load(self, data) -> datetime:
        try:
            return datetime.fromisoformat(str(data, "ascii"))
        except ValueError:  # infinity, years before Christ
            return super().load(data)


def quicken(*, connection, **_) -> None:
    """Read times quickly on this connection from now on."""
    if connection.vendor == "postgresql":
        connection.connection.adapters.register_loader("timestamptz", QuickTimes)


def read_times_of_sqlite() -> None:
    """Have SQLite's driver give times in UTC, as Django stores them there; Django takes them as they are."""

    def read(data: bytes) -> datetime | None:
        words = data.decode()
        try:
            return datetime.fromisoformat(f"{words}+00:00")
        except ValueError:  # written by other hands
            return parse_datetime(words)

    for name in ("datetime", "timestamp"):
        sqlite3.register_converter(name, read)


def plain_rows(found: QuerySet) -> list[tuple]:
    """The rows of ``values_list`` of columns that the driver alone reads right: numbers, texts, times, flags."""
    try:
        statement, values = found.query.sql_with_params()
    except EmptyResultSet:
        return []
    return fetched(statement, values)


def fetched(statement: str, values: Sequence) -> list[tuple]:
    """The rows that a statement gives, as the driver reads them."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
