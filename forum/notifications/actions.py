"""The only door through which notifications change."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Left, Substr

from forum import policy
from forum.accounts.models import User
from forum.accounts.queries import ignores
from forum.integrity import in_batches
from forum.notifications.models import Notification
from forum.nudges import nudge
from forum.text import clean_line


def leave_notification(
    *, recipient: User, event: str, line: str, link: str, wants_mail: bool, now: datetime, author: User | None = None
) -> None:
    """Leave a line in a member's letterbox, inside the transaction of what happened. A second time changes nothing.

    Nothing is left of what somebody did (``author``) whom the member ignores.
    The job that mails it is only nudged: when the nudge is lost, the timetable finds the row.
    """
    if author and ignores(recipient, author):
        return
    fresh = Notification(
        recipient=recipient,
        event=event,
        line=clean_line(line)[:300],  # the words of people have lines and more; the subject of a mail must not
        link=link,
        wants_mail=wants_mail and bool(recipient.email),
        created_at=now,
    )
    Notification.objects.bulk_create([fresh], ignore_conflicts=True)
    if fresh.wants_mail:
        nudge("forum.notifications.tasks.send_pending_notifications", policy.MAIL_NUDGED)


def leave_bundled_notification(
    *, recipient: User, prefix: str, number: int, line: Callable[[int], str], link: str, now: datetime
) -> None:
    """Leave one line for many events of a kind: while it is unread, its words are renewed and no second one is left.

    ``line`` makes the words from the number of the first event that the line stands for; events are numbered upwards.
    """
    kept = Notification.objects.of(recipient).unread().filter(event__startswith=prefix).order_by("-id").first()
    first = int(kept.event.removeprefix(prefix)) if kept else number
    # The condition is repeated in the UPDATE: a line that was read meanwhile has been told, and a new one begins.
    if kept and Notification.objects.unread().filter(pk=kept.pk).update(line=line(first)[:300], created_at=now):
        return
    leave_notification(
        recipient=recipient, event=f"{prefix}{number}", line=line(number), link=link, wants_mail=False, now=now
    )


def reword_notifications(*, events: Iterable[str], line: str) -> int:
    """Give the notifications of these events other words, because what they quoted is gone; returns how many."""
    return Notification.objects.filter(event__in=list(events)).update(line=line[:300])


def forget_letterbox(*, member: User) -> None:
    """Delete everything in a member's letterbox."""
    Notification.objects.of(member).delete()


def forget_name(*, events: Iterable[str], name: str, told: str) -> None:
    """Let lines that begin with a name, because of what its bearer did in these events, begin with other words."""
    rest, most = Substr("line", len(name) + 1), Notification._meta.get_field("line").max_length
    for batch in in_batches(list(events)):
        told_of = Notification.objects.filter(event__in=batch, line__startswith=f"{name} ")
        told_of.update(line=Left(Concat(Value(told), rest), most))


def mark_read(*, member: User, ids: list[int] | None, now: datetime) -> int:
    """Mark these notifications of the member as read, or all of them; returns how many were unread."""
    unread = Notification.objects.of(member).unread()
    if ids is not None:
        unread = unread.filter(pk__in=ids)
    return unread.update(read_at=now)


def claim_mail(*, now: datetime) -> Notification | None:
    """Take the oldest notification that wants mail, so that no other sender takes it; None when there is none."""
    awaiting = Notification.objects.awaiting_mail(now)
    for pk in awaiting.order_by("id").values_list("pk", flat=True)[: policy.MAIL_BATCH]:
        # The condition is repeated in the UPDATE: of two senders one changes the row and sends.
        if awaiting.filter(pk=pk).update(mail_claimed_at=now):
            return Notification.objects.select_related("recipient").get(pk=pk)
    return None


def mark_mailed(*, notification: Notification, now: datetime) -> None:
    Notification.objects.filter(pk=notification.pk).update(mailed_at=now)


@transaction.atomic
def delete_old_notifications(*, now: datetime) -> int:
    """Delete what was read long ago; returns how many."""
    old = Notification.objects.filter(read_at__lt=now - policy.NOTICE_LIFETIME)
    return old.delete()[0]


def message_id(notification: Notification) -> str:
    """The same Message-ID for the same notification, so that a mail sent again after a crash is known as the same."""
    host = settings.SITE_HOST or "localhost"
    return f"<notification-{notification.pk}@{host}>"
