"""The web server's way in."""

import gc
import os
import re

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")
site = get_wsgi_application()

from django.conf import settings  # noqa: E402 - they are read only now

from forum import policy, reading  # noqa: E402
from forum.cookies import cookie_name  # noqa: E402
from forum.pages import FRESH, KeptPages  # noqa: E402

kept_pages = KeptPages(
    site,
    keyed=(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, cookie_name(reading.COOKIE)),
    chosen=(cookie_name(reading.COOKIE),),
    # Words for the next page alone (django.contrib.messages); and what one has just sent must be seen.
    secret=(cookie_name("messages"), cookie_name(FRESH)),
    room=policy.PAGE_STORE_BYTES,
)
# What is loaded stays for good. Python's collector need not go through it again: that held up an answer for 50 ms.
gc.collect()
gc.freeze()

NAMES_A_CODEC = re.compile(r"\*\s*=|charset\s*=(?!\s*\"?utf-?8)", re.IGNORECASE)


def application(environ, start_response):
    """The site, safe from headers that name a codec.

    Django decodes the address with the codec that Content-Type names, "hex" too, before any middleware could refuse it.
    A name that it does not know it leaves to forum.middleware.SensibleInput.
    """
    if NAMES_A_CODEC.search(environ.get("CONTENT_TYPE", "")):
        environ["CONTENT_TYPE"] = "text/plain; charset=refused"
    return kept_pages(environ, start_response)
