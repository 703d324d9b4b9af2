"""Pages of one's belongings: take everything along, have everything erased."""

import tempfile

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forum import policy
from forum.accounts.actions import Refused
from forum.belongings import actions, queries
from forum.belongings.forms import ErasureForm

READ = ["GET", "HEAD", "POST"]


@never_cache
@login_required
@require_http_methods(READ)
@reauthentication_required(allow_get=True)
def export(request):
    """Everything of mine as one file, made while it is asked for: no copy of it lies about on the server."""
    if request.method != "POST":
        return render(request, "belongings/export.html", {"pause": policy.EXPORT_PAUSE})
    now = timezone.now()
    try:
        actions.claim_export(member=request.user, now=now)
    except Refused as refusal:
        return render(request, "belongings/export.html", {"refusal": str(refusal)}, status=429)
    file = tempfile.SpooledTemporaryFile(max_size=policy.EXPORT_IN_MEMORY)  # noqa: SIM115, the answer closes it
    queries.write_takeout(member=request.user, file=file, now=now)
    file.seek(0)
    name = f"{request.get_host().split(':')[0]}-{request.user.pk}-{now:%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@never_cache
@login_required
@require_http_methods(READ)
@reauthentication_required(allow_get=True)
def erase(request):
    """Wish to be erased, or read until when that can be taken back."""
    form = ErasureForm(request.POST or None, member=request.user)
    if request.method != "POST":
        return _erase_page(request, form)
    if not form.is_valid():
        return _erase_page(request, form, status=422)
    with_words = form.cleaned_data["words"] == "erase"
    try:
        erasure = actions.request_erasure(member=request.user, with_words=with_words, now=timezone.now())
    except Refused as refusal:
        return _erase_page(request, form, refusal=str(refusal), status=409)
    messages.success(request, f"Your account will be erased on {erasure.due_at:%B %-d, %Y}.")
    return redirect("erase")


def _erase_page(request, form, *, refusal="", status=200):
    waiting = queries.find_erasure(request.user)
    words = {"form": form, "waiting": waiting, "refusal": refusal, "grace": policy.ERASURE_GRACE}
    return render(request, "belongings/erase.html", words, status=status)


@login_required
@require_http_methods(READ)
def cancel(request):
    """Take the wish back. Whoever is signed in may: keeping an account needs no password."""
    if request.method == "POST":
        if actions.cancel_erasure(member=request.user):
            messages.success(request, "Nothing will be erased: your account stays as it is.")
        else:
            messages.info(request, "There was nothing to take back.")
    return redirect("erase")
