"""What happened reaches the inbox and the mailbox: once, whatever the mail server, the queue or the worker does."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from forum import nudges, policy
from forum.notifications import actions, tasks
from forum.notifications.models import Notification
from moderation.actions import spend_point
from tests.factories import NOW, a_comment, a_member

pytestmark = pytest.mark.django_db
SHORTLY = timedelta(seconds=30)
INSIGHTFUL = 5


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    """The clock of the jobs stands at the time that the factories use; the returned call moves it."""
    time_machine.move_to(NOW, tick=False)
    return time_machine.shift


@pytest.fixture(autouse=True)
def no_rest(monkeypatch):
    monkeypatch.setattr(nudges.Rest, "until", 0.0)


@pytest.fixture
def without_redis(settings):
    settings.REDIS_URL = ""


def a_letter(event="reply:1", *, recipient=None) -> Notification:
    recipient = recipient or a_member()
    words = {"line": "Somebody replied", "link": "/comment/1/", "wants_mail": True, "now": NOW}
    actions.leave_notification(recipient=recipient, event=event, **words)
    return Notification.objects.get(recipient=recipient, event=event)


class RefusingBackend(EmailBackend):
    """A mail server that takes letters to everybody but those named here."""

    refused = set()

    def send_messages(self, messages):
        for message in messages:
            if set(message.to) & self.refused:
                raise smtplib.SMTPRecipientsRefused({})
        return super().send_messages(messages)


class DeadBackend(EmailBackend):
    """A mail server that is not there."""

    def open(self):
        raise ConnectionRefusedError("nobody listens")


class BreakingBackend(EmailBackend):
    """A mail server that goes away in the middle."""

    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")


def test_a_reply_is_told_in_the_inbox_and_by_mail(without_redis, django_capture_on_commit_callbacks):
    author = a_member(mail_replies=True)
    parent = a_comment(author=author)
    with django_capture_on_commit_callbacks(execute=True):
        reply = a_comment(parent=parent, author=a_member("Somebody"))
    assert Notification.objects.of(author).get().line.startswith("Somebody replied")
    assert [letter.to for letter in mail.outbox] == [[author.email]]
    assert f"http://testserver{reply.get_absolute_url()}" in mail.outbox[0].body


def test_a_moderation_is_told_in_the_inbox_and_by_mail(without_redis, django_capture_on_commit_callbacks):
    author = a_member(mail_moderations=True)
    comment = a_comment(author=author)
    with django_capture_on_commit_callbacks(execute=True):
        spend_point(comment=comment, moderator=a_member(points=5), reason=INSIGHTFUL, now=NOW)
    assert "was moderated Insightful" in Notification.objects.of(author).get().line
    assert [letter.to for letter in mail.outbox] == [[author.email]]


def test_who_wants_no_mail_finds_it_in_the_inbox_alone(without_redis, django_capture_on_commit_callbacks):
    author = a_member()
    parent = a_comment(author=author)
    with django_capture_on_commit_callbacks(execute=True):
        a_comment(parent=parent)
    assert Notification.objects.of(author).unread().count() == 1
    assert not mail.outbox


def test_a_lost_nudge_is_made_good_by_the_timetable():
    a_letter()
    assert tasks.send_pending_notifications() == 1
    assert len(mail.outbox) == 1


def test_the_job_twice_sends_once():
    a_letter()
    assert [tasks.send_pending_notifications() for _ in range(3)] == [1, 0, 0]
    assert len(mail.outbox) == 1


def test_an_event_told_twice_is_one_line_and_one_letter():
    member = a_member()
    a_letter("reply:7", recipient=member)
    a_letter("reply:7", recipient=member)
    tasks.send_pending_notifications()
    assert Notification.objects.count() == len(mail.outbox) == 1


def test_a_letter_that_another_sender_has_claimed_is_left_to_it():
    letter = a_letter()
    assert actions.claim_mail(now=NOW) == letter
    assert actions.claim_mail(now=NOW + SHORTLY) is None


def test_a_letter_whose_sender_died_is_sent_later_and_known_as_the_same(at_noon):
    letter = a_letter()
    actions.claim_mail(now=NOW)
    assert tasks.send_pending_notifications() == 0
    at_noon(policy.MAIL_CLAIM_LIFETIME + SHORTLY)
    assert tasks.send_pending_notifications() == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == actions.message_id(letter)


def test_a_dead_mail_server_loses_no_line_and_claims_none(settings):
    letter = a_letter()
    settings.EMAIL_BACKEND = f"{__name__}.DeadBackend"
    with pytest.raises(ConnectionRefusedError):
        tasks.send_pending_notifications()
    letter.refresh_from_db()
    assert (letter.mail_claimed_at, letter.mailed_at) == (None, None)


def test_after_a_dead_mail_server_everything_is_sent(settings):
    for number in range(3):
        a_letter(f"reply:{number}")
    test_a_dead_mail_server_loses_no_line_and_claims_none(settings)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert tasks.send_pending_notifications() == 4


def test_a_mail_server_that_breaks_off_stops_the_run_and_loses_nothing(settings, at_noon):
    a_letter("reply:1"), a_letter("reply:2")
    settings.EMAIL_BACKEND = f"{__name__}.BreakingBackend"
    with pytest.raises(smtplib.SMTPServerDisconnected):
        tasks.send_pending_notifications()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    at_noon(policy.MAIL_CLAIM_LIFETIME + SHORTLY)
    assert tasks.send_pending_notifications() == 2


def test_one_refused_letter_holds_no_other_up(settings, monkeypatch, at_noon):
    first, second = a_letter("reply:1"), a_letter("reply:2")
    monkeypatch.setattr(RefusingBackend, "refused", {first.recipient.email})
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    assert tasks.send_pending_notifications() == 1
    assert [letter.to for letter in mail.outbox] == [[second.recipient.email]]
    monkeypatch.setattr(RefusingBackend, "refused", set())
    at_noon(policy.MAIL_CLAIM_LIFETIME + SHORTLY)
    assert tasks.send_pending_notifications() == 1


def test_a_letter_that_nobody_takes_is_given_up_and_its_line_stays(at_noon):
    letter = a_letter()
    at_noon(policy.MAIL_TRIED_FOR)
    assert tasks.send_pending_notifications() == 0
    assert Notification.objects.of(letter.recipient).unread().count() == 1


def test_a_dead_mail_server_fails_nobodys_reply(settings, without_redis, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND = f"{__name__}.DeadBackend"
    parent = a_comment(author=a_member(mail_replies=True))
    with django_capture_on_commit_callbacks(execute=True):
        a_comment(parent=parent)
    assert Notification.objects.awaiting_mail(NOW).count() == 1


def test_a_run_sends_no_more_than_it_was_asked_to():
    for number in range(3):
        a_letter(f"reply:{number}")
    assert tasks.send_pending_notifications(2) == 2
    assert len(mail.outbox) == 2


def test_read_lines_are_deleted_after_their_time_and_unread_ones_kept(at_noon):
    read, unread = a_letter("reply:1"), a_letter("reply:2")
    actions.mark_read(member=read.recipient, ids=None, now=NOW)
    at_noon(policy.NOTICE_LIFETIME + SHORTLY)
    assert [tasks.delete_old_notifications() for _ in range(2)] == [1, 0]
    assert list(Notification.objects.all()) == [unread]


def test_words_of_several_lines_make_a_subject_of_one():
    words = {"line": "Staff answered: first.\r\n\nSecond.", "link": "/log/1/", "wants_mail": True, "now": NOW}
    actions.leave_notification(recipient=a_member(), event="appeal:1", **words)
    assert tasks.send_pending_notifications() == 1
    assert mail.outbox[0].subject.endswith("Staff answered: first. Second.")
