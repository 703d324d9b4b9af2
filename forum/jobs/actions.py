"""The only door through which the record of the jobs changes."""

from datetime import datetime, timedelta

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
