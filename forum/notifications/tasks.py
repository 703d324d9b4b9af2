"""Jobs of the letterbox: the only place that sends mail."""

import logging
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import timezone

from forum import policy
from forum.notifications import actions
from forum.notifications.models import Notification
from forum.text import unlinked

log = logging.getLogger(__name__)

# What a mail server, or the letter itself, says against one letter; the others go on.
LETTER_REFUSED = (SMTPRecipientsRefused, SMTPResponseException, ValueError)


@shared_task
def send_pending_notifications(most: int = policy.MAIL_BATCH) -> int:
    """Mail what waits, at most so many; returns how many were sent. Two at once share the work, none is sent twice.

    Raises OSError when the mail server is gone: then nothing more is claimed, and the next run tries again.
    """
    if not Notification.objects.awaiting_mail(timezone.now()).exists():
        return 0
    # Opened before anything is claimed, so that a server that is down leaves every letter to the next run.
    with get_connection() as connection:
        return _send_batch(connection, most)


def _send_batch(connection, most: int) -> int:
    sent = 0
    for _ in range(most):
        notification = actions.claim_mail(now=timezone.now())
        if notification is None:
            break
        sent += _mail(notification, connection)
    return sent


def _mail(notification, connection) -> int:
    try:
        _message(notification, connection).send()
    except LETTER_REFUSED as problem:  # the claim runs out after a while and another run tries again
        log.warning("Mail for notification %s was not taken (%s).", notification.pk, type(problem).__name__)
        return 0
    actions.mark_mailed(notification=notification, now=timezone.now())
    return 1


def _message(notification, connection) -> EmailMessage:
    line = unlinked(notification.line)  # it holds names and subjects, which lead nowhere
    body = render_to_string(
        "notifications/mail.txt",
        {"line": line, "link": notification.link, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL},
    )
    return EmailMessage(
        subject=f"[{settings.SITE_NAME}] {line}",
        body=body,
        to=[notification.recipient.email],
        connection=connection,
        headers={"Message-ID": actions.message_id(notification), "Auto-Submitted": "auto-generated"},
    )


@shared_task
def delete_old_notifications() -> int:
    return actions.delete_old_notifications(now=timezone.now())
