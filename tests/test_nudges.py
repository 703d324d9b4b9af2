"""The nudge to the job queue: it never fails and never holds up what it is called from."""

import time
from datetime import timedelta

import pytest
from django.db import transaction

from forum import nudges, policy
from forum.notifications import tasks

JOB = "forum.notifications.tasks.send_pending_notifications"


@pytest.fixture
def runs(monkeypatch):
    """The calls of the nudge's job, which here does nothing else."""
    ran = []
    monkeypatch.setattr(nudges.Rest, "until", 0.0)
    monkeypatch.setattr(tasks.send_pending_notifications, "run", lambda *args: ran.append(args))
    return ran


@pytest.fixture
def without_redis(settings):
    settings.REDIS_URL = ""


@pytest.mark.django_db
def test_without_a_worker_the_job_runs_here_after_the_commit(runs, without_redis, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        nudges.nudge(JOB)
        assert not runs
    assert runs == [()]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_nudges_nobody(runs, without_redis):
    with transaction.atomic():
        nudges.nudge(JOB)
        transaction.set_rollback(True)
    assert not runs


def test_a_job_that_fails_fails_nothing_else_and_is_left_alone_for_a_while(monkeypatch, runs, without_redis, caplog):
    def fail():
        runs.append("tried")
        raise ValueError("a mishap")

    monkeypatch.setattr(tasks.send_pending_notifications, "run", fail)
    nudges._send(JOB, ())
    nudges._send(JOB, ())
    assert runs == ["tried"]
    assert "ValueError" in caplog.text


def test_a_slow_job_is_left_to_the_timetable_for_a_while(monkeypatch, runs, without_redis):
    monkeypatch.setattr(policy, "NUDGE_SLOW", timedelta(0))
    nudges._send(JOB, ())
    nudges._send(JOB, ())
    assert len(runs) == 1


def test_a_refused_broker_costs_a_moment_and_no_error(runs, settings, caplog):
    settings.REDIS_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    began = time.monotonic()
    nudges._send(JOB, ())
    assert time.monotonic() - began < 2
    assert "The job queue does not answer" in caplog.text
    assert not runs
