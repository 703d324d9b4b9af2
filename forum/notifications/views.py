"""The inbox."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from forum.notifications import actions, queries
from forum.notifications.forms import MarkReadForm


@login_required
@never_cache
@require_safe
def inbox(request):
    """What happened to my comments, newest first."""
    found = queries.load_inbox(member=request.user, page_number=request.GET.get("page", ""))
    return render(request, "notifications/inbox.html", {"inbox": found})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mark_read(request):
    """Mark one line or all lines of the inbox as read; back from signing in, only show it."""
    form = MarkReadForm(request.POST)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["notification"]
        actions.mark_read(member=request.user, ids=[number] if number else None, now=timezone.now())
    return redirect("inbox")
