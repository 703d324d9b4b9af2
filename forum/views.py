"""What belongs to the site as a whole: its health, its words for robots, its error pages."""

import sys
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_safe

SECURITY_TXT_LIFETIME = timedelta(days=180)  # the file is made anew with each request; a copy of it grows stale
ROBOTS = (
    "User-agent: *\nDisallow: /accounts/\nDisallow: /admin/\nDisallow: /drafts/\nDisallow: /inbox/\nDisallow: /reply/\n"
)


@require_safe
def healthz(request):
    """200 while the process answers; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request):
    """200 when pages can be served: the database answers and every migration is applied; 503 with words otherwise."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as problem:  # any database error means the same to the one who asks
        return HttpResponse(f"database: {type(problem).__name__}\n", status=503, content_type="text/plain")
    words = f"migrations waiting: {len(waiting)}\n" if waiting else "ready\n"
    return HttpResponse(words, status=503 if waiting else 200, content_type="text/plain")


@require_safe
def robots(request):
    return HttpResponse(ROBOTS, content_type="text/plain")


@require_safe
def security_txt(request):
    """Whom to tell of a hole, in the form of RFC 9116; not found where the operator named nobody."""
    if not settings.SECURITY_CONTACT:
        raise Http404("Nobody is named here.")
    expires = (timezone.now() + SECURITY_TXT_LIFETIME).strftime("%Y-%m-%dT00:00:00Z")
    place = request.build_absolute_uri()
    lines = (f"Contact: {settings.SECURITY_CONTACT}", f"Expires: {expires}", f"Canonical: {place}")
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request):
    return redirect(static("img/icon.svg"), permanent=True)


@require_safe
def change_password(request):
    """Where managers of passwords send those whose password leaked (W3C: a well-known URL)."""
    return redirect("account_change_password")


def bad_request(request, exception):
    return render(request, "error.html", {"title": "That request made no sense", "words": ERROR_WORDS[400]}, status=400)


def permission_denied(request, exception):
    return render(request, "error.html", {"title": "Not for you", "words": ERROR_WORDS[403]}, status=403)


def page_not_found(request, exception):
    return render(request, "error.html", {"title": "There is nothing here", "words": ERROR_WORDS[404]}, status=404)


def method_not_allowed(request, allowed: str):
    """What a request with a wrong method is told; ``allowed`` is the Allow header, such as "GET, HEAD"."""
    words = {"title": "Not in this way", "words": ERROR_WORDS[405]}
    response = render(request, "error.html", words, status=405)
    response["Allow"] = allowed
    return response


# The fields of forms that hold words of people, by name, with what a page calls them; never a password or a code.
WORDS_OF_PEOPLE = {
    "subject": "Subject",
    "title": "Title",
    "body": "Text",
    "intro": "Intro",
    "words": "Words",
    "reason": "Reason",
    "answer": "Answer",
    "bio": "About me",
    "signature": "Signature",
}
COMES_ALONG = ("key", "draft", "writer", "seen", "markup", "is_anonymous", "declines_bonus")
WRITING = {"comment_on", "reply", "edit_comment"}  # the forms that can be tried again from here
TRY_AGAIN_AFTER = "30"  # seconds


def what_was_typed(request) -> dict:
    """The words of a form whose sending failed, for a page that gives them back.

    Where it was a form of writing they can be tried again, but only by a preview: nothing that came here past the check
    against forgery is ever posted by one click.
    """
    sent = request.POST if request.method == "POST" else {}
    typed = [(name, label, sent[name]) for name, label in WORDS_OF_PEOPLE.items() if sent.get(name, "").strip()]
    match = getattr(request, "resolver_match", None)
    again = request.path if typed and match and match.url_name in WRITING else ""
    along = [(name, sent[name]) for name in COMES_ALONG if name in sent]
    return {"typed": typed, "again": again, "along": along}


def server_error(request):
    """What is told when a page failed: 503 where the database did, 500 else; either way with every word of a form."""
    # Nothing that failed may be needed to say so: no request context, no query.
    is_database = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    words = what_was_typed(request) | {"is_database": is_database}
    if words["again"]:
        words["csrf_token"] = get_token(request)
    response = render(None, "500.html", words, status=503 if is_database else 500)
    if is_database:
        response["Retry-After"] = TRY_AGAIN_AFTER
    return response


def csrf_failure(request, reason=""):
    words = {"title": "Please send it again", "words": ERROR_WORDS["csrf"]} | what_was_typed(request)
    return render(request, "error.html", words, status=403)


ERROR_WORDS = {
    400: "The address or the form was broken on its way here. Go back and try again.",
    403: "You may not see this page with the account you are signed in with.",
    404: "The page was moved, removed, or never was. The front page knows what there is.",
    405: "This address takes no such request. Go back to the page you came from and use its form or links.",
    "csrf": "The form came from an old page, or you have signed in or out since, so nothing was done with it.",
}
