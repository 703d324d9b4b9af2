"""What the inbox shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from forum import policy
from forum.accounts.models import User
from forum.notifications.models import Notification


@dataclass(frozen=True, slots=True)
class Inbox:
    page: Page
    unread_count: int


def unread_count(member) -> int:
    """How many notifications the member has not read; 0 for a visitor, without a query."""
    return Notification.objects.of(member).unread().count() if member.is_authenticated else 0


def load_inbox(*, member: User, page_number: str) -> Inbox:
    """One page of the member's notifications, newest first; an impossible page number gives the nearest page."""
    notices = Notification.objects.of(member).newest_first()
    return Inbox(Paginator(notices, policy.NOTICES_PER_PAGE).get_page(page_number), unread_count(member))


def own_records(member: User) -> dict[str, Iterable[dict]]:
    """The member's whole letterbox."""
    notices = Notification.objects.of(member).order_by("id")
    return {"notifications": notices.values("event", "line", "link", "created_at", "read_at", "mailed_at").iterator()}
