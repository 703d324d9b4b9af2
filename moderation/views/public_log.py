"""The public log of what staff did, and the page of one act with its appeal."""

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from forum.accounts.actions import Refused
from moderation import actions
from moderation.forms import AppealForm, LogForm
from moderation.queries.public_log import LogFilter, load_act, load_log


def _wanted(request) -> LogFilter:
    return LogFilter(**LogForm.asked(request.GET))


@require_safe
def log(request):
    """Acts of staff, newest first, by filter."""
    page = load_log(_wanted(request), now=timezone.now())
    return render(request, "moderation/log.html", {"page": page, "wanted": page.wanted})


@require_safe
def log_json(request):
    """The same for programs; ``next`` is the address of the older acts, null at the end."""
    page = load_log(_wanted(request), now=timezone.now())
    acts = [
        {
            "number": entry.act.pk,
            "at": entry.act.acted_at.isoformat(),
            "by": entry.who,
            "act": entry.act.verb,
            "target": entry.target,
            "target_url": request.build_absolute_uri(entry.target_link) if entry.target_link else None,
            "reason": entry.act.reason,
            "change": entry.change or None,
            "url": request.build_absolute_uri(entry.act.get_absolute_url()),
            "undoes": entry.act.undoes_id,
            "undone_by": entry.undone_by,
            "appeal": (entry.appeal.outcome or "waiting") if entry.appeal else None,
        }
        for entry in page.entries
    ]
    older = request.build_absolute_uri(request.path + page.next_query) if page.next_query else None
    return JsonResponse({"acts": acts, "next": older})


@require_http_methods(["GET", "HEAD", "POST"])
def act(request, pk):
    """One act: what, why, when; for whom it hit also the words that were removed, and the form of an appeal."""
    now = timezone.now()
    page = load_act(pk, member=request.user, now=now)
    if page is None:
        raise Http404("There is no such act.")
    if request.method != "POST":
        return _act_page(request, page, AppealForm())
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    form = AppealForm(request.POST)
    if not form.is_valid():
        return _act_page(request, page, form, status=422)
    words = form.cleaned_data["words"]
    try:
        actions.file_appeal(act=page.entry.act, appellant=request.user, words=words, now=now)
    except Refused as refusal:
        return _act_page(request, page, form, refusal=str(refusal), status=409)
    return redirect(request.path + "#appeal")


def _act_page(request, page, form, *, refusal="", status=200):
    words = {"page": page, "entry": page.entry, "form": form, "refusal": refusal}
    return render(request, "moderation/act.html", words, status=status)
