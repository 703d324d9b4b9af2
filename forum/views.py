"""What belongs to the site as a whole: its health, its words for robots, its error pages."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

ROBOTS = "User-agent: *\nDisallow: /accounts/\nDisallow: /admin/\nDisallow: /inbox/\nDisallow: /reply/\n"


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
def favicon(request):
    return redirect(static("img/icon.svg"), permanent=True)


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


def server_error(request):
    # Nothing that failed may be needed to say so: no request context, no query.
    return render(None, "500.html", status=500)


def csrf_failure(request, reason=""):
    return render(request, "error.html", {"title": "Please send it again", "words": ERROR_WORDS["csrf"]}, status=403)


ERROR_WORDS = {
    400: "The address or the form was broken on its way here. Go back and try again.",
    403: "You may not see this page with the account you are signed in with.",
    404: "The page was moved, removed, or never was. The front page knows what there is.",
    405: "This address takes no such request. Go back to the page you came from and use its form or links.",
    "csrf": "The form came from an old page. Go back: what you typed is still there. Reload and send it.",
}
