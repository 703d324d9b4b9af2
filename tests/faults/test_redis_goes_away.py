"""Redis is stopped, hangs, or forgets everything, while people read and reply: all of them are answered, no slower
than they would notice, and every letter is mailed once, the ones of the outage when Redis is back."""

import threading
import time

import pytest
import redis
from celery import current_app
from django.utils import timezone

from forum.notifications import actions
from forum.notifications.models import Notification
from forum.presets import THRESHOLD
from tests.factories import UNLIMITED, a_comment, a_member, a_policy, a_story
from tests.faults.conftest import Answers, Reader, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
READERS, LETTERS = 2, 20
BEFORE, AWAY = 1, 3  # seconds
SLOWEST_P95 = 2.0  # seconds; without a fault it is about a tenth, on a machine that does nothing else
MAIL = "forum.notifications.tasks.send_pending_notifications"


def stop(server):
    server.stop()
    time.sleep(AWAY)
    server.start()


def freeze(server):
    server.freeze()
    time.sleep(AWAY)
    server.thaw()


def flush(server):
    for _ in range(AWAY * 5):
        redis.from_url(server.url).flushall()
        time.sleep(0.2)


def fill(server):
    memory = redis.from_url(server.url)
    memory.config_set("maxmemory", "1mb")
    time.sleep(AWAY)
    memory.config_set("maxmemory", "0")


@pytest.fixture
def thread(stage):
    """A comment that everybody replies to, by a member who wants every reply mailed."""
    stage.forget_mail()
    a_policy(THRESHOLD, **UNLIMITED)  # readers here reply faster than people may
    story = a_story()
    comment = a_comment(story.discussion, author=a_member(mail_replies=True))
    return story, comment


def keep_replying(stage, thread, answers: Answers, stopped: threading.Event) -> None:
    story, comment = thread
    reader = Reader(stage.address, answers)
    number = 0
    while not stopped.is_set():
        number += 1
        reader.get(story.get_absolute_url())
        reader.reply(f"/reply/{story.discussion_id}/{comment.pk}/", f"Reply {number}")


def everything_is_mailed() -> bool:
    return not Notification.objects.filter(mailed_at=None).exists()


@pytest.mark.parametrize("fault", [stop, freeze, flush, fill])
def test_a_fault_of_redis_costs_nobody_an_answer_or_a_letter(stage, thread, fault):
    answers, stopped = Answers(), threading.Event()
    people = [threading.Thread(target=keep_replying, args=(stage, thread, answers, stopped)) for _ in range(READERS)]
    for person in people:
        person.start()
    time.sleep(BEFORE)
    fault(stage.redis)
    stopped.set()
    for person in people:
        person.join()
    assert set(answers.statuses) == {200}
    assert answers.p95() < SLOWEST_P95
    told = Notification.objects.count()
    assert told >= READERS * 2
    wait_until(everything_is_mailed, stage.worker_log)
    letters = {actions.message_id(one): 1 for one in Notification.objects.all()}
    assert stage.message_ids() == letters
    assert stage.worker.poll() is None


def test_a_worker_that_loses_redis_in_the_middle_of_its_work_lives_on(stage, thread):
    with current_app.connection_for_write(stage.redis.url) as connection:
        for _ in range(200):
            current_app.send_task(MAIL, connection=connection)
    stage.redis.stop()
    stage.redis.start()
    _, comment = thread
    a_comment(parent=comment, now=timezone.now())
    wait_until(everything_is_mailed, stage.worker_log)
    assert stage.worker.poll() is None


def test_the_same_job_ten_times_at_once_sends_each_letter_once(stage, thread):
    _, comment = thread
    for _ in range(LETTERS):
        a_comment(parent=comment, now=timezone.now())
    with current_app.connection_for_write(stage.redis.url) as connection:
        for _ in range(10):
            current_app.send_task(MAIL, connection=connection)
    wait_until(everything_is_mailed, stage.worker_log)
    assert stage.message_ids() == {actions.message_id(one): 1 for one in Notification.objects.all()}
    assert Notification.objects.count() == LETTERS
