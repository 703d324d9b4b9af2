"""Doing a transaction once more that the database broke off: of two that waited for each other, one must yield."""

from collections.abc import Callable
from functools import wraps

from django.db import OperationalError, transaction

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
