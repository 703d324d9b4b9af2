"""The timetable: each job runs in its time, once whoever keeps the time, and none stops the others."""

import io
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone
from django.utils.module_loading import import_string

from comments.models import Discussion
from forum import policy
from forum.accounts.tasks import forget_expired_sessions
from forum.celery import TIMETABLE, app
from forum.jobs import actions, tasks
from forum.jobs.models import JobRun
from forum.management import jobs
from forum.notifications.tasks import delete_old_notifications
from forum.presets import THRESHOLD
from moderation.models import PointGrant
from stories.models import Story
from tests.factories import NOW, a_comment, a_member, a_policy, a_story, an_editor, some_points, some_reads

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
DELETING = "forum.notifications.tasks.delete_old_notifications"


@pytest.fixture
def clock(time_machine):
    """Stands still at noon; calling it moves it on."""
    time_machine.move_to(NOW, tick=False)
    return time_machine.shift


def claim(now, name="a job", every=MINUTE):
    return actions.claim_job(name=name, every=every, now=now)


def finish(started_at, now, name="a job"):
    actions.record_run(name=name, started_at=started_at, result="3", now=now)


def run_in_threads(call, times=8):
    def alone(_):
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(alone, range(times)))


# -- The claim -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_slot_is_claimed_once():
    assert [claim(NOW), claim(NOW), claim(NOW + SECOND)] == [True, False, False]


@pytest.mark.django_db
def test_the_next_slot_comes_when_the_job_has_ended():
    claim(NOW)
    finish(NOW, NOW + SECOND)
    assert not claim(NOW + MINUTE / 2)
    assert claim(NOW + MINUTE)


@pytest.mark.django_db
def test_a_job_that_takes_longer_than_its_slot_is_not_begun_twice():
    claim(NOW)
    assert not claim(NOW + 2 * MINUTE)


@pytest.mark.django_db
def test_a_job_whose_runner_died_is_claimed_again_and_the_dead_one_changes_nothing():
    claim(NOW)
    later = NOW + policy.JOB_CLAIM_LIFETIME + SECOND
    assert claim(later)
    finish(NOW, later)
    assert JobRun.objects.get().finished_at is None


@pytest.mark.django_db
def test_a_clock_that_was_set_back_stops_no_job():
    claim(NOW + timedelta(days=400))
    assert claim(NOW)


@pytest.mark.django_db(transaction=True)
def test_of_eight_runners_one_gets_the_slot():
    assert sum(run_in_threads(lambda: claim(NOW))) == 1


# -- One run -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_run_is_written_down(clock):
    assert tasks.run_job(DELETING, 60) == f"{DELETING}: 0"
    run = JobRun.objects.get()
    assert (run.name, run.started_at, run.finished_at) == (DELETING, NOW, NOW)
    assert (run.last_result, run.last_error) == ("0", "")


@pytest.mark.django_db
def test_the_same_slot_told_ten_times_runs_once(clock):
    assert sum(bool(tasks.run_job(DELETING, 60)) for _ in range(10)) == 1


@pytest.mark.django_db
def test_a_job_that_raises_is_logged_and_recorded_by_its_name(clock, monkeypatch, caplog):
    monkeypatch.setattr(delete_old_notifications, "run", lambda: 1 / 0)
    assert tasks.run_job(DELETING, 60) == f"{DELETING} FAILED: ZeroDivisionError: division by zero"
    assert JobRun.objects.get().last_error == "ZeroDivisionError: division by zero"
    assert DELETING in caplog.text


@pytest.mark.django_db
def test_after_it_ran_well_the_error_is_gone(clock, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(delete_old_notifications, "run", lambda: 1 / 0)
        tasks.run_job(DELETING, 60)
    clock(2 * MINUTE)
    tasks.run_job(DELETING, 60)
    assert JobRun.objects.get().last_error == ""


# -- The timetable -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TIMETABLE)
def test_every_line_of_the_timetable_names_a_job(name):
    assert import_string(name).name == name


def test_the_beat_keeps_the_same_timetable_through_the_same_record():
    entries = app.conf.beat_schedule
    assert {job: entry["schedule"] for job, entry in entries.items()} == TIMETABLE
    assert {entry["task"] for entry in entries.values()} == {tasks.run_job.name}
    assert all(timedelta(seconds=entry["args"][1]) == entry["schedule"] for entry in entries.values())


@pytest.mark.django_db
def test_every_job_runs_once_and_then_waits_for_its_time(clock):
    assert [ran.name for ran in jobs.run_due_jobs()] == list(TIMETABLE)
    assert not list(jobs.run_due_jobs())
    clock(MINUTE)
    assert [ran.name for ran in jobs.run_due_jobs()] == [name for name, every in TIMETABLE.items() if every == MINUTE]


@pytest.mark.django_db
def test_a_job_that_raises_stops_no_other(clock, monkeypatch):
    monkeypatch.setattr(delete_old_notifications, "run", lambda: 1 / 0)
    ran = list(jobs.run_due_jobs())
    assert [one.name for one in ran if one.error] == [DELETING]
    assert len(ran) == len(TIMETABLE)


def test_a_database_that_is_gone_ends_the_round_with_a_line(monkeypatch):
    def gone(*_):
        raise OperationalError("server closed the connection\nunexpectedly")

    monkeypatch.setattr(jobs, "run_if_due", gone)
    assert [ran.error for ran in jobs.run_due_jobs()] == [
        "the database does not take it (server closed the connection unexpectedly)"
    ]


@pytest.mark.django_db
def test_all_jobs_twice_and_late_change_nothing_more(clock):
    member = a_member(karma=5)
    a_comment(author=member)
    clock(timedelta(days=100))
    some_reads(member, now=timezone.now())
    first = {ran.name: ran.result for ran in jobs.run_due_jobs()}
    JobRun.objects.update(started_at=None, finished_at=None)
    again = {ran.name: ran.result for ran in jobs.run_due_jobs()}
    assert first["moderation.tasks.run_economy"] == "5"
    assert set(again.values()) == {"0"}


# -- What the jobs do ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_points_expire_in_their_time_and_are_granted_daily(clock):
    a_policy()
    member = a_member()
    some_points(member, 3)
    clock(THRESHOLD.point_lifetime)
    list(jobs.run_due_jobs())
    assert PointGrant.objects.filter(points_expired=3, points_left=0).count() == 1
    assert PointGrant.objects.get(member=member, granted_on__isnull=False).points_left == THRESHOLD.daily_points


@pytest.mark.django_db
def test_wrong_totals_are_corrected(clock):
    story = a_story(comments=3)
    Discussion.objects.update(comment_count=77)
    list(jobs.run_due_jobs())
    assert Discussion.objects.get(pk=story.discussion_id).comment_count == 3


@pytest.mark.django_db
def test_old_discussions_are_archived_and_due_stories_published(clock):
    old, due = a_story("An old story"), a_story("A due story", editor=an_editor())
    Story.objects.filter(pk=due.pk).update(state=Story.State.SCHEDULED, published_at=NOW + timedelta(days=61))
    Discussion.objects.filter(pk=due.discussion_id).update(opens_at=NOW + timedelta(days=61))
    clock(timedelta(days=61))
    list(jobs.run_due_jobs())
    assert Discussion.objects.get(pk=old.discussion_id).status == Discussion.Status.ARCHIVED
    assert Story.objects.get(pk=due.pk).state == Story.State.PUBLISHED


# -- The command ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_command_prints_one_line_for_each_job(clock):
    out = io.StringIO()
    call_command("run_due_jobs", stdout=out)
    assert [line.split(":")[0] for line in out.getvalue().splitlines()] == list(TIMETABLE)


@pytest.mark.django_db
def test_the_command_says_by_its_status_that_a_job_failed(clock, monkeypatch):
    monkeypatch.setattr(delete_old_notifications, "run", lambda: 1 / 0)
    err = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("run_due_jobs", stdout=io.StringIO(), stderr=err)
    assert end.value.code == 1
    assert DELETING in err.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_loop_ends_politely_when_told_to(clock):
    threading.Timer(1.0, signal.raise_signal, [signal.SIGTERM]).start()
    out = io.StringIO()
    call_command("run_due_jobs", "--loop", "--every", "0.1", stdout=out)
    assert len(out.getvalue().splitlines()) == len(TIMETABLE)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


@pytest.mark.parametrize("typed", ["x", "0", "-1", "nan", "inf", "4000"])
def test_a_pause_that_makes_no_sense_is_refused_in_words(typed):
    with pytest.raises(CommandError, match="no number of seconds"):
        call_command("run_due_jobs", f"--every={typed}")


# -- Two at once ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_runners_at_once_run_each_job_once():
    runs = run_in_threads(lambda: list(jobs.run_due_jobs()), times=4)
    assert sorted(ran.name for run in runs for ran in run) == sorted(TIMETABLE)


@pytest.mark.django_db
def test_sign_ins_that_ran_out_are_deleted_and_others_stay():
    for key, days in (("old", -1), ("new", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))
    forget_expired_sessions()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]


@pytest.mark.django_db
def test_sqlite_learns_how_its_tables_are_filled():
    a_comment(a_story().discussion, author=a_member())
    assert tasks.refresh_statistics() >= 5 * (connection.vendor == "sqlite")
    assert tasks.refresh_statistics() == 0
