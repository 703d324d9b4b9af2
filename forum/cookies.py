"""The site's own cookies: one way to name, set and take back each of them.

Over https every name begins with ``__Host-`` (settings.COOKIE_PREFIX): a browser then takes it only from this very
host, over https and for all of its addresses, so that no neighbour on another subdomain can plant one.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


def cookie_name(name: str) -> str:
    """What a browser knows the cookie by."""
    return settings.COOKIE_PREFIX + name


def read_cookie(request, name: str) -> str:
    """Its value; "" if the browser sent none."""
    return request.COOKIES.get(cookie_name(name), "")


def set_cookie(response, name: str, value: str, lifetime: timedelta) -> None:
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=lifetime,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def take_back_cookie(response, name: str) -> None:
    response.delete_cookie(cookie_name(name), samesite="Lax")


class CookieMessages(CookieStorage):
    """Django's words for the next page, in a cookie named as all others are."""

    @property
    def cookie_name(self):
        return cookie_name("messages")


class Messages(FallbackStorage):
    """In the cookie, or in the session where they are too long for it."""

    storage_classes = (CookieMessages, SessionStorage)
