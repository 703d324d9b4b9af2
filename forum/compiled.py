"""Queries that are put into SQL once: for the few that every post asks.

Making the SQL of a small query takes Django five times as long as asking the database takes, and for one query it is
the same SQL each time (docs/decisions/0026). Everything else asks Django as usual.
"""

from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models

from forum.drivers import fetched, plain_rows

LARGEST = 2**31 - 1  # whole numbers that every column compared with one holds


class Compiled:
    """One query and the values that change in it.

    ``make`` takes the values and gives a queryset in which each of them stands as it is, compared with a column; none
    may become a part of another value, a number of rows, or a choice in Python. A value is a whole number, a text, a
    moment or None; a query with None in a place is another one, and with a very large number it is not compiled.
    """

    def __init__(self, make: Callable[..., models.QuerySet]):
        self._make, self._ready = make, {}

    def all(self, *values: Any) -> list:
        """What the queryset would give for these values: rows or models, read now."""
        ready = self._ready_for(values)
        return ready.ask(values) if ready else list(self._make(*values))

    def rows(self, *values: Any) -> list[tuple]:
        """What a ``values_list`` of columns that the driver alone reads right would give (forum.drivers.plain_rows)."""
        ready = self._ready_for(values)
        return ready.rows(values) if ready else plain_rows(self._make(*values))

    def first(self, *values: Any) -> Any:
        """The first of them, or None; ``make`` orders and limits its queryset where there can be more than one."""
        return next(iter(self.all(*values)), None)

    def _ready_for(self, values: Sequence[Any]) -> "_Ready | None":
        if any(isinstance(value, int) and abs(value) > LARGEST for value in values):
            # Anybody can write a number into an address that no column holds; Django knows what that means.
            return None
        kinds = (connection.vendor, *map(type, values))
        ready = self._ready.get(kinds)
        if ready is None:
            ready = self._ready[kinds] = _Ready(self._make, values)
        return ready


class _Ready:
    """The SQL of one query on one kind of database, and where in it the values stand."""

    def __init__(self, make: Callable[..., models.QuerySet], values: Sequence[Any]):
        marks = [_mark_like(value, number) for number, value in enumerate(values)]
        queryset = make(*marks)
        if queryset._prefetch_related_lookups:
            raise ValueError("What is prefetched is other queries, which would not be asked.")
        self._compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, self._params = self._compiler.as_sql()
        self._converters: dict | None = None
        self._rows, self._fields, self._model = queryset._iterable_class, queryset._fields, queryset.model
        places = {_stored(mark): number for number, mark in enumerate(marks) if mark is not None}
        found = [(at, places.get(param)) for at, param in enumerate(self._params)]
        self._places = [(at, number) for at, number in found if number is not None]
        if {number for _, number in self._places} != set(places.values()):
            raise ValueError("A value of this query does not stand in its SQL as it is.")

    def rows(self, values: Sequence[Any]) -> list[tuple]:
        return fetched(self._sql, self._params_of(values))

    def _params_of(self, values: Sequence[Any]) -> tuple:
        params = list(self._params)
        for at, number in self._places:
            stored = _stored(values[number])
            # psycopg is told the width of a whole number by its type.
            params[at] = type(params[at])(stored) if isinstance(stored, int) else stored
        return tuple(params)

    def ask(self, values: Sequence[Any]) -> list:
        compiler = copy(self._compiler)  # it remembers a connection, and each thread has its own
        compiler.connection = connection
        params = self._params_of(values)
        compiler.as_sql = lambda *_, **__: (self._sql, params)
        compiler.get_converters = self._converters_of
        query = SimpleNamespace(get_compiler=lambda *_, **__: compiler)
        asked = {"query": query, "db": DEFAULT_DB_ALIAS, "model": self._model, "_fields": self._fields}
        return list(self._rows(SimpleNamespace(**asked, _known_related_objects={})))

    def _converters_of(self, expressions: Sequence) -> dict:
        """Which columns Django changes on their way, and how: asked of the same query once."""
        if self._converters is None:
            self._converters = self._compiler.get_converters(expressions)
        return self._converters


def _mark_like(value: Any, number: int) -> Any:
    """A value of the same kind that stands nowhere else in a query."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return datetime(1, 2, 3, 4, 5, number, tzinfo=UTC)
    if isinstance(value, str):
        return f"value {number} of a query"
    if isinstance(value, int) and not isinstance(value, bool):
        return 2_109_876_540 + number
    raise TypeError(f"{value!r} cannot change in a query that is compiled once.")


def _stored(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
