"""What every page knows: the site's name and sections, the saying at its foot, what waits for the member."""

from functools import cache

from django.conf import settings
from django.utils import timezone

from forum.fortunes import fortune_at
from forum.notifications.queries import unread_count
from moderation.queries import may_metamoderate, points_of
from stories.queries import load_sections


def site(request):
    return {
        "site_name": settings.SITE_NAME,
        "fortune": cache(lambda: fortune_at(timezone.now())),
        "site_url": settings.SITE_URL,
        "sections": cache(load_sections),
        "unread_count": cache(lambda: unread_count(request.user)),
        "mod_points": cache(lambda: _mod_points(request.user)),
        "may_metamoderate": cache(lambda: may_metamoderate(member=request.user, now=timezone.now())),
    }


def _mod_points(member) -> int:
    return points_of(member, timezone.now()) if member.is_authenticated else 0
