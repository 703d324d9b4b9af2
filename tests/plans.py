"""What the database does for a page: how many rows it looks at, and by which way.

Each statement is tried right before it runs, and the trial is taken back. PostgreSQL tells the rows itself; SQLite
tells no rows, but it counts the steps of its machine, and so do we.
"""

import json
from contextlib import closing
from dataclasses import dataclass

from django.db import connection, transaction

STEPS_A_ROW = 60  # of SQLite's machine, for a wide row with its joins; passing over a row costs it 6
THAT_LOOK = ("SELECT", "WITH", "UPDATE", "DELETE")
BY_KEY = {"accounts_user"}  # only ever found by key; while members are few, reading them all may be the quicker way


@dataclass(frozen=True, slots=True)
class Look:
    """One statement: the rows seen of the table that most were seen of, and the whole plan."""

    rows: int
    statement: str
    plan: str

    def __str__(self):
        return f"{self.rows} rows for {self.statement}\n{self.plan}"


def looks_of(act) -> list[Look]:
    """Every statement of ``act`` that looks for rows, the dearest first; to be called inside a transaction."""
    looks = []

    def look(execute, sql, params, many, context):
        if sql.lstrip().upper().startswith(THAT_LOOK):
            with transaction.atomic():
                looks.append(try_out(sql, params))
                transaction.set_rollback(True)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        act()
    return sorted(looks, key=lambda look: -look.rows)


def try_out(sql: str, params) -> Look:
    with closing(connection.create_cursor()) as cursor:  # one that nobody watches
        if connection.vendor == "postgresql":
            return Look(*_explained(cursor, sql, params))
        return Look(*_counted(cursor, sql, params))


def _explained(cursor, sql: str, params) -> tuple[int, str, str]:
    """PostgreSQL: each step with the rows that it saw, those that it passed over included."""
    # As docs/operating.md says for disks without a head: else 50 rows found by their own index, each on another page,
    # seem dearer than going through a hundred times as many in a row.
    cursor.execute("SET LOCAL random_page_cost = 1.1")
    cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
    (told,) = cursor.fetchone()
    (plan,) = json.loads(told) if isinstance(told, str) else told
    steps = list(_steps(plan["Plan"]))
    rows = max(
        (_seen(step) for step in steps if "Relation Name" in step and step["Relation Name"] not in BY_KEY), default=0
    )
    return rows, sql, "\n".join(f"{_seen(step):8} {_words(step)}" for step in steps)


def _steps(step: dict):
    yield step
    for below in step.get("Plans", ()):
        yield from _steps(below)


def _seen(step: dict) -> int:
    passed_over = sum(value for name, value in step.items() if name.startswith("Rows Removed by"))
    return round((step["Actual Rows"] + passed_over) * step["Actual Loops"])


def _words(step: dict) -> str:
    return " ".join(filter(None, (step["Node Type"], step.get("Relation Name"), step.get("Index Name"))))


def _counted(cursor, sql: str, params) -> tuple[int, str, str]:
    """SQLite: the way it goes, and what that costs until the last row is read."""
    cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
    plan, looks = "\n".join(row[3] for row in cursor.fetchall()), []
    connection.connection.set_progress_handler(lambda: looks.append(1), STEPS_A_ROW)
    try:
        cursor.execute(sql, params)
        cursor.fetchall()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return len(looks), sql, plan
