"""The only door through which the record of the jobs changes."""

from datetime import datetime, timedelta

from django.db import connection

from forum import policy
from forum.jobs.models import JobRun


def claim_job(*, name: str, every: timedelta, now: datetime) -> bool:
    """Take the job for this slot; False if it is not its time, or another runner has it."""
    JobRun.objects.get_or_create(name=name)
    # The condition stands in the UPDATE: of two runners one changes the row and runs the job.
    due = JobRun.objects.filter(name=name).due(every=every, now=now)
    return bool(due.update(started_at=now, finished_at=None))


def record_run(*, name: str, started_at: datetime, result="", error="", now: datetime) -> None:
    """Write down how a claimed run ended; a run that was taken for dead meanwhile leaves the newer one alone."""
    run = JobRun.objects.filter(name=name, started_at=started_at)
    run.update(finished_at=now, last_result=str(result)[:200], last_error=error[:1000])


def refresh_statistics() -> int:
    """Let SQLite learn how its tables are filled; returns of how many indexes it knew nothing before.

    Without it SQLite sorts whole tables for the first lines of a page. PostgreSQL learns by itself.
    """
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        known = _known_indexes(cursor)
        cursor.execute(f"PRAGMA analysis_limit = {policy.STATISTICS_ROWS}")
        cursor.execute("ANALYZE")
        return len(_known_indexes(cursor) - known)


def _known_indexes(cursor) -> set[str]:
    cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
    if cursor.fetchone() is None:  # it was never told anything
        return set()
    cursor.execute("SELECT idx FROM sqlite_stat1 WHERE idx IS NOT NULL")
    return {name for (name,) in cursor.fetchall()}
