"""The form of a comment. It stands on this floor because posting withdraws moderations, and it says so beforehand.

Whatever becomes of what was sent, its words are in the form that answers; a member's are kept as a draft as well, and
those of somebody who is signed out can wait for the sign-in (docs/decisions/0018).
"""

from datetime import datetime
from math import ceil
from typing import NamedTuple

from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from comments.actions import (
    DiscussionClosed,
    DraftChanged,
    FormSpent,
    TooSoon,
    Words,
    check_form_time,
    discard_draft,
    prepare_words,
    save_draft,
)
from comments.forms import CommentForm
from comments.models import Comment, Discussion, Draft
from comments.queries import find_discussion, find_draft, place_of
from comments.rules import reply_subject
from forum import policy, text
from forum.accounts.actions import Refused
from forum.accounts.models import Markup
from forum.networks import network_of
from forum.reading import reading_of
from forum.rulebook.queries import policy_in_force
from moderation import actions, queries
from moderation.views.comment import comment_or_404
from moderation.views.moderate import wants_json

KEPT = "words kept for the sign-in"  # in the session: one form's words, the last ones


class Here(NamedTuple):
    """Where somebody writes, and when."""

    discussion: Discussion
    parent: Comment | None
    now: datetime

    @property
    def key(self) -> str:
        return f"{self.discussion.pk}:{self.parent.pk if self.parent else ''}"

    @property
    def can_quote(self) -> bool:
        return self.parent is not None and self.parent.hidden_at is None

    def quotation(self, wanted: str, markup: str) -> str:
        """These words of what is answered, if it says them, as a quotation; all of it where others are asked for."""
        if not self.can_quote:
            return ""
        is_part = text.is_said(wanted, self.parent.text.html)
        return text.quote(wanted if is_part else self.parent.text.source, markup)


class Kept(NamedTuple):
    """What became of keeping a member's words: the draft; or another form's words that stand there; or why not."""

    draft: Draft | None = None
    other: Draft | None = None
    refusal: str = ""

    @property
    def version(self) -> int | None:
        known = self.draft or self.other
        return known.version if known else None


NOTHING_KEPT = Kept()


# Not "no-store": then Back would fetch a fresh form, put the old words into it, and Post would post them again.
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request, discussion_id, parent_id=None):
    """The form of a comment: empty or with a draft, previewed, kept, refused with the text in it, or posted."""
    now = timezone.now()
    parent = comment_or_404(parent_id, now) if parent_id else None
    discussion = parent.discussion if parent else find_discussion(discussion_id, now=now)
    if discussion is None or discussion.pk != discussion_id:
        raise Http404("There is no such discussion.")
    here = Here(discussion, parent, now)
    if request.method != "POST":
        return _begin(request, here)
    form = CommentForm(request.POST, place=here.key)
    pressed = next((answer for name, answer in BUTTONS.items() if name in request.POST), _send)
    return pressed(request, form, here)


def _begin(request, here):
    """A fresh form, or one with the words that were kept for it."""
    if here.parent and here.parent.hidden_at:
        return redirect(here.parent)
    draft, waiting = find_draft(request.user, here.discussion, here.parent), _kept_for_sign_in(request, here)
    initial = _fresh(request, here) | _words_of(draft) | (waiting or {})
    if wanted := request.GET.get("quote"):
        initial["body"] = _joined(initial.get("body", ""), here.quotation(wanted, initial["markup"]))
    form = CommentForm(initial=initial, place=here.key)
    is_another = draft and waiting and waiting["body"] != draft.body
    return _page(request, form, here, kept=Kept(other=draft) if is_another else Kept(draft), waits=bool(waiting))


def _fresh(request, here) -> dict:
    subject = reply_subject(here.parent.subject) if here.can_quote else ""
    markup = request.user.markup if request.user.is_authenticated else Markup.PLAIN
    return {"subject": subject, "markup": markup}


def _words_of(draft: Draft | None) -> dict:
    names = ("subject", "body", "markup", "is_anonymous", "declines_bonus")
    return {name: getattr(draft, name) for name in names} if draft else {}


def _joined(before: str, quotation: str) -> str:
    return f"{before.rstrip()}\n\n{quotation}" if before.strip() and quotation else before or quotation


# -- The buttons ---------------------------------------------------------------------------------------------------


def _keep_draft(request, form, here):
    """Save what was typed, and say so: on the page, or to the script that saves while somebody types."""
    if form.written_by_another(request.user) or not request.user.is_authenticated:
        return _signed_out(request) if wants_json(request) else _written_by_another(request, form, here)
    kept = _keep(request, form, here)
    words = _words_on(kept)
    if wants_json(request):
        status = 409 if kept.other else 422 if kept.refusal else 200
        return JsonResponse({"draft": kept.draft and kept.draft.version, "words": words}, status=status)
    form.let_pass()
    return _page(request, form, here, kept=kept, said="" if kept.other else words, status=409 if kept.other else 200)


def _signed_out(request):
    return JsonResponse({"draft": None, "words": "Not saved: you are signed out. Your words stay here."}, status=401)


def _words_on(kept: Kept) -> str:
    if kept.other:
        return "Not saved: other words were kept here meanwhile. “Save draft” shows both."
    return kept.refusal or ("Saved" if kept.draft else "")


def _discard(request, form, here):
    draft = find_draft(request.user, here.discussion, here.parent)
    if draft:
        discard_draft(member=request.user, pk=draft.pk)
    request.session.pop(KEPT, None)
    return redirect(request.path)


def _quote(request, form, here):
    """The form as it was typed, with what is answered, or some words of it, quoted at its end."""
    sent = request.POST.copy()
    sent["body"] = _joined(sent.get("body", ""), here.quotation(sent["quote"], form.typed().markup))
    form = CommentForm(sent, place=here.key)
    form.let_pass()
    return _page(request, form, here)


def _sign_in(request, form, here):
    """Put the words by, and lead to the sign-in and back to them."""
    typed = form.typed()
    if len(typed.subject) + len(typed.body) > policy.DRAFT_MAX:
        refusal = "This text is too long to wait for you: please copy it before you sign in."
        return _page(request, form, here, refusal=refusal, status=422)
    words = {"subject": typed.subject, "body": typed.body, "markup": typed.markup}
    request.session[KEPT] = {"place": here.key, "kept_at": here.now.timestamp(), "words": words}
    return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")


BUTTONS = {"draft_button": _keep_draft, "discard": _discard, "quote": _quote, "sign_in": _sign_in}


def _kept_for_sign_in(request, here) -> dict | None:
    """The words that wait in the session for this place, if they are not too old."""
    kept = request.session.get(KEPT)
    if not kept or kept["place"] != here.key or kept["kept_at"] < (here.now - policy.KEPT_FOR_SIGN_IN).timestamp():
        return None
    return kept["words"]


# -- Preview and Post ----------------------------------------------------------------------------------------------


def _send(request, form, here):
    if form.written_by_another(request.user):
        return _written_by_another(request, form, here)
    if not form.is_valid():
        return _page(request, form, here, kept=_keep(request, form, here), status=422)
    try:
        return _preview_or_post(request, form, here)
    except Refused as refusal:
        form.is_spent = isinstance(refusal, FormSpent)
        kept = _keep(request, form, here)
        response = _page(request, form, here, kept=kept, refusal=str(refusal), status=_status_of(refusal))
        if isinstance(refusal, TooSoon):
            response["Retry-After"] = str(ceil(refusal.wait.total_seconds()))
        return response


def _status_of(refusal: Refused) -> int:
    if isinstance(refusal, TooSoon):
        return 429
    return 409 if isinstance(refusal, (DiscussionClosed, FormSpent)) else 422


def _written_by_another(request, form, here):
    """Nobody posts under another name than the form said: not without one, and not with one."""
    form.let_pass()
    if request.user.is_authenticated:
        refusal = f"This form was opened under another name. You are signed in as {request.user.username} now."
    else:
        refusal = "You have been signed out since you opened this form."
    return _page(request, form, here, refusal=f"{refusal} Nothing was posted.", status=409)


def _preview_or_post(request, form, here):
    said, typed = form.cleaned_data, form.typed()
    words = prepare_words(subject=said["subject"], body=said["body"], markup=said["markup"])
    if "preview" in request.POST:
        return _page(request, form, here, kept=_keep(request, form, here), preview=words)
    if not request.user.is_authenticated:
        numbers = policy_in_force()
        check_form_time(opened_at=form.opened_at, numbers=numbers, now=here.now)
        _check_told_of_challenge(form, numbers)
    author = request.user if request.user.is_authenticated and not said["is_anonymous"] else None
    actions.check_may_post_as(member=request.user, is_anonymous=author is None)
    sent = {
        "discussion": here.discussion,
        "author": author,
        "parent": here.parent,
        "words": words,
        "form_key": said["key"],
        "declines_bonus": said["declines_bonus"],
        "network": network_of(request),
        "writer": request.user if request.user.is_authenticated else None,
        "solution": said["solution"],
        "draft_seen": typed.seen,
        "now": here.now,
    }
    held = actions.hold_suspect(**sent)
    request.session.pop(KEPT, None)
    if held and not held.outcome:
        return render(request, "moderation/held.html", {"held": held, "discussion": here.discussion}, status=202)
    posted = (held and held.comment) or actions.take_part(**sent)
    return redirect(place_of(posted, reading_of(request)))


def _check_told_of_challenge(form, numbers):
    """Let nobody's comment wait for staff by surprise: the form must have said beforehand that it could."""
    if numbers.anonymous_challenge and "solution" not in form.data:
        words = "Since you opened this form the site asks a small piece of work of visitors' devices."
        raise Refused(f"{words} Nothing was posted yet: please send it once more.")


def _keep(request, form, here) -> Kept:
    """Save a member's words as a draft; a visitor's stay in the form."""
    if not request.user.is_authenticated:
        return NOTHING_KEPT
    place = {"discussion": here.discussion, "parent": here.parent}
    try:
        draft = save_draft(member=request.user, typed=form.typed(), now=here.now, **place)
    except DraftChanged as problem:
        return Kept(other=problem.draft)
    except Refused as problem:
        return Kept(refusal=str(problem))
    request.session.pop(KEPT, None)
    return Kept(draft)


def _page(
    request,
    form,
    here,
    *,
    kept: Kept = NOTHING_KEPT,
    preview: Words | None = None,
    refusal="",
    said="",
    waits=False,
    status=200,
):
    numbers = policy_in_force()
    return render(
        request,
        "moderation/reply.html",
        {
            "asks_challenge": not request.user.is_authenticated and numbers.anonymous_challenge,
            "solved_anew": int(policy.CHALLENGE_SOLVED_ANEW.total_seconds()),
            "form": form,
            "discussion": here.discussion,
            "parent": here.parent,
            "preview": preview,
            "refusal": refusal,
            "kept": kept,
            "draft_version": kept.version or form.draft_seen,
            "said": said,
            "waits": waits,
            "can_quote": here.can_quote,
            "is_open": here.discussion.is_open(here.now),
            "withdraws": queries.own_moderation_count(member=request.user, discussion=here.discussion),
            "has_bonus": request.user.is_authenticated and request.user.karma >= numbers.karma_bonus_from,
        },
        status=status,
    )
