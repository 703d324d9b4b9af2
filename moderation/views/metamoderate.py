"""Judging moderations, and reading how one's own were judged."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from forum.accounts.actions import Refused
from moderation import actions, queries
from moderation.forms import JudgeForm


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def metamoderate(request):
    """What there is to judge; or why nothing, in words; or a button that draws it by lot."""
    now = timezone.now()
    if request.method != "POST":
        return _page(request, now)
    try:
        return _draw(request, now) if "draw" in request.POST else _answer(request, now)
    except Refused as refusal:
        return _page(request, now, refusal=str(refusal), status=409)


def _draw(request, now):
    if actions.draw_sitting(member=request.user, now=now) is None:
        messages.info(request, "Nothing waits for your judgement at present. Look in again another day.")
    return redirect("metamoderate")


def _answer(request, now):
    page = queries.load_sitting(member=request.user, now=now)
    form = JudgeForm(request.POST)
    if not form.is_valid():
        return _page(request, now, refusal=" ".join(form.non_field_errors()), status=422)
    if page is None or page.sitting.pk != form.cleaned_data["sitting"]:
        raise Refused("You have judged these already, or others have meanwhile.")
    judged = actions.answer_sitting(
        sitting=page.sitting, member=request.user, words=form.cleaned_data["words"], now=now
    )
    messages.success(request, _thanks(judged))
    return redirect("metamoderate")


def _thanks(judged: actions.Judged) -> str:
    words = f"Thank you. You found {judged.fair} fair and {judged.unfair} unfair"
    words += f", and had no opinion on {judged.no_opinion}." if judged.no_opinion else "."
    if judged.twins:
        words += f" The same words count for {judged.twins} more like them."
    if not judged.counts:
        return f"{words} They are kept, but do not count at present: too often you found otherwise than others."
    return f"{words} When enough others have judged them too, each gets its verdict."


def _page(request, now, *, refusal="", status=200):
    try:
        actions.check_may_metamoderate(member=request.user, now=now)
        why_not = ""
    except Refused as problem:
        why_not = str(problem)
    page = None if why_not else queries.load_sitting(member=request.user, now=now)
    shown = {"page": page, "why_not": why_not, "refusal": refusal if refusal != why_not else ""}
    return render(request, "moderation/metamoderate.html", shown, status=status)


@never_cache
@login_required
@require_safe
def own_verdicts(request):
    """How one's own moderations were judged."""
    page = queries.load_own_verdicts(member=request.user, page_number=request.GET.get("page", ""))
    return render(request, "moderation/own_verdicts.html", {"page": page})
