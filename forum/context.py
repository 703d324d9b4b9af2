"""What every page knows: the site's name, the saying at its foot, what waits for the member."""

from django.conf import settings
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from forum.fortunes import fortune_at
from forum.notifications.queries import unread_count


def site(request):
    return {
        "site_name": settings.SITE_NAME,
        "fortune": SimpleLazyObject(lambda: fortune_at(timezone.now())),
        "unread_count": SimpleLazyObject(lambda: unread_count(request.user)),
    }
