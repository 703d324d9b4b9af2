"""What stands between requests and pages: broken bytes, what browsers are told, shared caches, empty answers."""

from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import get_default_timezone

from forum import policy, views
from forum.accounts.queries import lacks_second_factor
from forum.cookies import set_cookie
from forum.pages import FRESH
from forum.times import USUAL, in_times_of

NUL = "\0"
CHARSETS = {"", "utf-8", "utf8"}


class ToldToBrowsers:
    """Says with every answer what a browser may do with it: files, feeds, redirects and refusals like pages.

    Django's own middleware says some of it, but not with what is refused before that middleware answers.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in settings.TOLD_TO_BROWSERS.items():
            response.headers.setdefault(name, value)
        return response


class SensibleInput:
    """Answers 400 with words to what no browser sends: a NUL in address or cookie, another charset than UTF-8.

    PostgreSQL stores no NUL, and Django decodes forms with whatever codec the request names; forum.wsgi defuses those
    that fail before any middleware is asked.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if is_sensible(request):
            return self.get_response(request)
        request.GET = QueryDict()  # the page that refuses would read it, too
        return views.bad_request(request, None)


def is_sensible(request) -> bool:
    read = (request.path_info, unquote(request.META.get("QUERY_STRING", "")), *request.COOKIES.values())
    charset = request.content_params.get("charset", "").strip().lower()
    return charset in CHARSETS and not any(NUL in words for words in read)


class PersonalPages:
    """Keeps what was made for one visitor out of shared caches; a page that says how to keep it is believed.

    Who signs out leaves none in the browser's own.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        # The cookie tells without a query; /healthz must not ask the database who is there.
        is_personal = settings.SESSION_COOKIE_NAME in request.COOKIES or response.cookies
        if is_personal and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True)
        if getattr(request, "has_left", False):
            response["Clear-Site-Data"] = '"cache"'  # whoever comes to this browser next finds no page of the member's
        return response


class FreshAfterSending:
    """Marks the browser of whoever has just sent something, so that the next pages show what came of it.

    Other readers may be served a page that is policy.PAGE_KEPT old (forum.pages).
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.method not in ("GET", "HEAD", "OPTIONS", "TRACE"):
            # No cache keeps this answer, but a browser that goes back to a preview compares the cookies it varies by.
            response.headers.pop("Vary", None)
            set_cookie(response, FRESH, "1", policy.FRESH_FOR)
        return response


class SecondFactorForStaff:
    """Leads staff without a second factor to the page where one is set up; until then nothing else is open to them.

    What a password alone can open, a password that leaked opens, too; staff can do harm to everybody.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        # The cookie tells without a query; /healthz must not ask the database who is there.
        if not settings.STAFF_SECOND_FACTOR or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        if is_open_to_all_staff(request.resolver_match) or not lacks_second_factor(request.user):
            return None
        messages.warning(request, "Staff sign in with a second factor: set one up here, then go on.")
        return redirect("mfa_index")


def is_open_to_all_staff(match) -> bool:
    """Whether the page is needed for setting a second factor up, or for going away; or is for no reader of its own.

    What open pages ask for again and again is the same for everybody, so nobody need be looked up for it.
    """
    names = {"healthz", "readyz", "robots", "security_txt", "favicon", "news", "challenge"}
    return match.url_name in names or (match.url_name or "").startswith(("account_", "mfa_"))


class TimesAsChosen:
    """Says each time of a page in the zone and the format that its reader chose; who chose none reads the site's."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        # These looks come before the one that asks the database who is there.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or response.streaming:
            return response
        if b"<time" not in response.content:
            return response
        member = request.user
        if member.is_authenticated and (member.zone or member.date_format != USUAL):
            zone = ZoneInfo(member.zone) if member.zone else get_default_timezone()
            response.content = in_times_of(response.text, zone, member.date_format)
        return response


class LeaveByPage:
    """Lets a form that signs in through another site lead there: by a page, since no form may lead off the site.

    Browsers hold a redirect that answers a form to the policy of the form's page (Content-Security-Policy form-action).
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        place = response.headers.get("Location", "")
        if request.method != "POST" or url_has_allowed_host_and_scheme(
            place or "/", allowed_hosts={request.get_host()}
        ):
            return response
        page = render(
            request, "socialaccount/login_redirect.html", {"redirect_to": place, "host": urlsplit(place).netloc}
        )
        page.cookies = response.cookies
        return page


class WordsForRefusedMethods:
    """Gives Django's empty answer to a wrong method a page, beside its Allow header."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_silent = isinstance(response, HttpResponseNotAllowed) and not response.content
        return views.method_not_allowed(request, response["Allow"]) if is_silent else response
