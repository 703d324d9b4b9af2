"""Telling the job queue that there is work. The work itself is a row; a lost nudge only means that the timetable
finds the row a little later, so nothing here may ever fail a reader's request or hold it up."""

import logging
import threading
import time
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction

from forum import policy

log = logging.getLogger(__name__)


class Rest(threading.local):
    """After a failure this thread leaves the queue alone until then (monotonic seconds)."""

    until = 0.0


rest = Rest()


def nudge(task: str, *args) -> None:
    """Run the named task once this transaction has committed: by a worker, or in this process where there is none."""
    transaction.on_commit(partial(_send, task, args), robust=True)


def _send(task: str, args: tuple) -> None:
    if not settings.REDIS_URL:
        current_app.tasks[task].apply(args=args, throw=True)
    elif time.monotonic() >= rest.until:
        try:
            current_app.send_task(task, args=args, retry=False, ignore_result=True)
        except (
            Exception
        ) as problem:  # whatever a dead, hung or full broker raises: the row is stored, the sweep finds it
            rest.until = time.monotonic() + policy.BROKER_REST.total_seconds()
            log.warning("The job queue does not answer (%s); the timetable will do this work.", type(problem).__name__)
