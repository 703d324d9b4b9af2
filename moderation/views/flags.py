"""Telling staff about a comment."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from comments.queries import find_comment, place_of
from forum.accounts.actions import Refused
from forum.reading import reading_of
from moderation import actions
from moderation.forms import FlagForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def flag(request, pk):
    """The form of a flag; sent, it leads back to the comment."""
    now = timezone.now()
    comment = find_comment(pk, now=now)
    if comment is None:
        raise Http404("There is no such comment.")
    form = FlagForm(request.POST if request.method == "POST" else None)
    refusal, status = "", 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.flag_comment(comment=comment, member=request.user, now=now, **form.cleaned_data)
        except Refused as problem:
            refusal, status = str(problem), 409
        else:
            messages.success(request, "Thank you. Staff will look at it, and your inbox will say what they did.")
            return redirect(place_of(comment, reading_of(request)))
    elif request.method == "POST":
        status = 422
    words = {"comment": comment, "discussion": comment.discussion, "form": form, "refusal": refusal}
    return render(request, "moderation/flag.html", words, status=status)
