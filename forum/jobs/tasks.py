"""Running one job of the timetable, for whoever keeps the time: the beat and its workers, or run_due_jobs."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django.utils.module_loading import import_string

from forum.jobs import actions

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: the job, what it said, or why it failed."""

    name: str
    result: str = ""
    error: str = ""

    def line(self) -> str:
        return f"{self.name} FAILED: {self.error}" if self.error else f"{self.name}: {self.result}"


@shared_task
def run_job(name: str, every: float) -> str:
    """The line of one run, or "" when another runner has this slot. ``every``: seconds between two runs."""
    ran = run_if_due(name, timedelta(seconds=every))
    return ran.line() if ran else ""


@shared_task
def refresh_statistics() -> int:
    """Let SQLite look at its tables anew; returns of how many indexes it knew nothing."""
    return actions.refresh_statistics()


def run_if_due(name: str, every: timedelta) -> Ran | None:
    """Claim the job, run it in this process, write down how it ended; None when it is not its time.

    A job that raises is logged and recorded, and raises no further: the other jobs go on.
    """
    started_at = timezone.now()
    if not actions.claim_job(name=name, every=every, now=started_at):
        return None
    ran = _run(name)
    actions.record_run(name=name, started_at=started_at, result=ran.result, error=ran.error, now=timezone.now())
    return ran


def _run(name: str) -> Ran:
    try:
        return Ran(name, result=str(import_string(name).run()))
    except Exception as problem:
        log.exception("The job %s failed.", name)
        return Ran(name, error=f"{type(problem).__name__}: {problem}")
