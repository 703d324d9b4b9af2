"""Telling the job queue that there is work. The work itself is a row; a lost nudge only means that the timetable
finds the row a little later, so nothing here may ever fail a reader's request or hold it up."""

import logging
import time
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from forum import policy

log = logging.getLogger(__name__)


class Rest:
    """After a failure this process leaves the queue alone until then (monotonic seconds)."""

    until = 0.0


def nudge(task: str, *args) -> None:
    """Run the named task once this transaction has committed: by a worker, or in this process where there is none."""
    transaction.on_commit(partial(_send, task, args), robust=True)


def _send(task: str, args: tuple) -> None:
    began = time.monotonic()
    if began < Rest.until:
        return
    try:
        if settings.REDIS_URL:
            _publish(task, args)
        else:
            import_string(task).run(*args)
    except Exception as problem:  # whatever a dead, hung or full queue raises: the row is stored and will be found
        _rest(f"does not answer ({type(problem).__name__})")
    else:
        if time.monotonic() - began > policy.NUDGE_SLOW.total_seconds():
            _rest("is slow")


def _publish(task: str, args: tuple) -> None:
    # A connection of its own for each nudge: none is ever kept broken, and the worker's may wait longer than ours.
    options = settings.BROKER_PUBLISH_OPTIONS
    with current_app.connection_for_write(settings.CELERY_BROKER_URL, transport_options=options) as connection:
        current_app.send_task(task, args=args, connection=connection, retry=False, ignore_result=True)


def _rest(words: str) -> None:
    Rest.until = time.monotonic() + policy.NUDGE_REST.total_seconds()
    log.warning("The job queue %s; the timetable will do its work for a while.", words, exc_info=not settings.REDIS_URL)
