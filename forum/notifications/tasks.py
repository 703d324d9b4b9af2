"""Jobs of the letterbox: the only place that sends mail."""

import logging

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from forum import policy
from forum.notifications import actions

log = logging.getLogger(__name__)


@shared_task
def send_pending_notifications() -> int:
    """Mail what waits, at most a batch; returns how many were sent. Two at once share the work, none is sent twice."""
    sent = 0
    for _ in range(policy.MAIL_BATCH):
        notification = actions.claim_mail(now=timezone.now())
        if notification is None:
            break
        sent += _mail(notification)
    return sent


def _mail(notification) -> int:
    try:
        _message(notification).send()
    except OSError as problem:  # the claim runs out after a while and another run tries again
        log.warning("Mail for notification %s was not taken (%s).", notification.pk, type(problem).__name__)
        return 0
    actions.mark_mailed(notification=notification, now=timezone.now())
    return 1


def _message(notification) -> EmailMessage:
    body = render_to_string(
        "notifications/mail.txt",
        {"notification": notification, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL},
    )
    return EmailMessage(
        subject=f"[{settings.SITE_NAME}] {notification.line}",
        body=body,
        to=[notification.recipient.email],
        headers={"Message-ID": actions.message_id(notification), "Auto-Submitted": "auto-generated"},
    )


@shared_task
def delete_old_notifications() -> int:
    return actions.delete_old_notifications(now=timezone.now())
