"""Letterboxes: each event once, and about something that is there. Reads only."""

from collections.abc import Callable, Iterable, Iterator

from django.db.models import Count

from forum.integrity import Problem, in_batches
from forum.notifications.models import Notification


def doubled_notifications() -> Iterator[Problem]:
    """Events told to the same member more than once."""
    told = Notification.objects.order_by().values_list("recipient_id", "event").annotate(times=Count("id"))
    for recipient, event, times in told.filter(times__gt=1).iterator():
        yield Problem("told again", f"notification {event} to member {recipient}", f"{times} times", "once", False)


def notifications_about_nothing(prefix: str, there: Callable[[Iterable[int]], Iterable[int]]) -> Iterator[Problem]:
    """Notifications whose event, such as ``reply:12``, names a row that does not exist.

    ``there`` answers which of some numbers exist; the floor above knows what they number.
    """
    notices = Notification.objects.filter(event__startswith=prefix).order_by("id")
    for batch in in_batches(notices.values_list("id", "event").iterator()):
        named = {pk: event.removeprefix(prefix) for pk, event in batch}
        known = {str(number) for number in there([int(number) for number in named.values() if number.isdecimal()])}
        for pk, number in named.items():
            if number not in known:
                yield Problem("subject missing", f"notification {pk}", f"{prefix}{number}", "a row that exists", False)
