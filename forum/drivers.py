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
from psycopg.types.numeric import Int2, Int2Dumper, Int4, Int4Dumper, Int8, Int8Dumper


class QuickTimes(TimestamptzLoader):
    """A time of PostgreSQL, read by Python's own parser where that can: as ISO 8601 with an offset."""

    timezone = UTC  # Django asks a connection's loader for it

    def load(self, data) -> datetime:
        try:
            return datetime.fromisoformat(str(data, "ascii"))
        except ValueError:  # infinity, years before Christ
            return super().load(data)


class Fitting:
    """A whole number sent as wide as it is.

    Django tells the driver its width by the kind of field, which for a number in an expression is the usual kind; the
    driver cuts off what is wider without a word: 2**59 became 0.
    """

    bits: int

    def get_key(self, obj: int, form) -> type:
        return self.cls if self._fits(obj) else Int8

    def upgrade(self, obj: int, form):
        return self if self._fits(obj) else Int8Dumper(Int8)

    def _fits(self, obj: int) -> bool:
        return -(1 << self.bits - 1) <= obj < 1 << self.bits - 1


class FittingInt2(Fitting, Int2Dumper):
    bits = 16


class FittingInt4(Fitting, Int4Dumper):
    bits = 32


def teach(*, connection, **_) -> None:
    """Have this connection read times quickly from now on, and send whole numbers whole."""
    if connection.vendor == "postgresql":
        known = connection.connection.adapters
        known.register_loader("timestamptz", QuickTimes)
        known.register_dumper(Int2, FittingInt2)
        known.register_dumper(Int4, FittingInt4)


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
