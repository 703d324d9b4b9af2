"""What run_due_jobs does: the timetable without a queue, in this process, once or for as long as it is wanted."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from django.db import DatabaseError, close_old_connections

from forum.celery import TIMETABLE
from forum.jobs.tasks import Ran, run_if_due


def run_due_jobs() -> Iterator[Ran]:
    """Run each job whose time has come. A database that is gone ends this round with a line instead of an error."""
    for name, every in TIMETABLE.items():
        try:
            ran = run_if_due(name, every)
        except DatabaseError as problem:
            words = " ".join(str(problem).split())
            yield Ran(name, error=f"the database does not take it ({words})")
            return
        if ran:
            yield ran


def run_until(stop: Event, *, every: float) -> Iterator[Ran]:
    """Round after round, with so many seconds between them, until ``stop`` is set; a job that has begun is finished."""
    while not stop.is_set():
        for ran in run_due_jobs():
            yield ran
            if stop.is_set():
                return
        close_old_connections()  # the database may have been restarted since the last round
        stop.wait(every)


@contextmanager
def stopped_by_signals() -> Iterator[Event]:
    """An event that Ctrl-C and SIGTERM set, so that the loop ends between two jobs."""
    stop = Event()
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, lambda *_: stop.set()) for one in wanted]
    try:
        yield stop
    finally:
        for one, handler in zip(wanted, before, strict=True):
            signal.signal(one, handler)
