"""Patience with the database: once more for what it broke off, and soon no more for what a page can do without."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps

from django.db import OperationalError, connection, transaction

from forum import policy

BROKEN_OFF = {"40001", "40P01"}  # serialization failure, deadlock


def retried(action: Callable) -> Callable:
    """The action, tried again unseen after a deadlock; inside a larger transaction that one has to be tried again."""

    @wraps(action)
    def run(*args, **kwargs):
        for left in reversed(range(policy.DEADLOCK_TRIES)):
            try:
                return action(*args, **kwargs)
            except OperationalError as problem:
                state = getattr(problem.__cause__, "sqlstate", "")
                if not left or state not in BROKEN_OFF or transaction.get_connection().in_atomic_block:
                    raise

    return run


@contextmanager
def impatiently() -> Iterator[None]:
    """On SQLite, where one writer holds up all others, give up soon; on PostgreSQL only the same member's tabs meet."""
    if connection.vendor != "sqlite":
        yield
        return
    asked = connection.connection.execute
    (patience,) = asked("PRAGMA busy_timeout").fetchone()
    asked(f"PRAGMA busy_timeout = {policy.READ_LOG_PATIENCE // timedelta(milliseconds=1)}")
    try:
        yield
    finally:
        asked(f"PRAGMA busy_timeout = {patience}")
