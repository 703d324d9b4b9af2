"""Public pages of people, what a member or an archived person has said; what is new in a discussion; what one does to
one's own drafts and comments.
"""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from comments import actions, queries
from comments.forms import EditForm
from forum import policy
from forum.accounts.actions import Refused
from forum.accounts.models import ArchivedPerson, User
from forum.accounts.queries import stance_of
from forum.accounts.rules import name_skeleton
from forum.pages import is_addressed_plainly, keep_page
from forum.reading import reading_of


@require_safe
def member(request, name):
    """A member's public page: number, karma word to the member alone, newest comments, friend or foe to the reader."""
    person = User.objects.filter(username=name, is_active=True).first()
    if person is None and User.objects.filter(username=name, erased_at__isnull=False).exists():
        words = "This member has left and took the name along. What the member wrote stands without one."
        return render(request, "error.html", {"title": "A member who has left", "words": words}, status=410)
    if person is None:  # typed in another case, or as a look-alike: only one member can be meant
        return redirect(get_object_or_404(User, name_key=name_skeleton(name), is_active=True))
    reader = request.user
    stance = stance_of(reader, person) if reader.is_authenticated and reader != person else None
    return _person(request, "comments/member.html", person, stance=stance)


@require_safe
def archived_person(request, pk):
    """Somebody who wrote in an imported archive; not found once hidden by request."""
    person = get_object_or_404(ArchivedPerson, pk=pk)
    if person.hidden_at:
        raise Http404("This person's page was taken off by request.")
    response = _person(request, "comments/archived_person.html", person)
    response["X-Robots-Tag"] = "noindex"
    return response


def _person(request, template, person, **also):
    found = queries.load_person(
        comments=person.comments.all(),
        person=person,
        page_number=request.GET.get("page", ""),
        reading=reading_of(request),
        now=timezone.now(),
    )
    return render(request, template, {"found": found, "person": person} | also)


@require_safe
def news(request, pk):
    """How far a discussion has come, for pages that ask now and then while they are open; the same for everybody."""
    found = queries.load_news(pk, now=timezone.now())
    if found is None:
        return JsonResponse({"error": "There is no such discussion."}, status=404)
    if is_addressed_plainly(request, ()):
        keep_page(request, personal=False)
    return JsonResponse(found._asdict())


@never_cache
@login_required
@require_safe
def drafts(request):
    """What I have typed and not posted."""
    found = queries.load_drafts(request.user, now=timezone.now())
    return render(request, "comments/drafts.html", {"drafts": found, "days": policy.DRAFT_LIFETIME.days})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def discard_draft(request, pk):
    """Throw an own draft away; back from signing in, only show them."""
    if request.method == "POST" and not actions.discard_draft(member=request.user, pk=pk):
        raise Http404("You have no such draft.")
    return redirect("drafts")


def _comment_or_404(pk):
    comment = queries.find_comment(pk, now=timezone.now())
    if comment is None:
        raise Http404("There is no such comment.")
    return comment


def _own_comment_or_404(request, pk):
    comment = _comment_or_404(pk)
    if comment.author_id is None or comment.author_id != request.user.pk:
        raise Http404("This is no comment of yours.")
    return comment


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    """Change an own comment: the form, its preview, or what stands against it, with every word kept."""
    if not request.user.is_authenticated:
        return _signed_out(request) if request.method == "POST" else redirect_to_login(request.path)
    comment, now = _own_comment_or_404(request, pk), timezone.now()
    if request.method != "POST":
        return _open_edit(request, comment, now)
    form = EditForm(request.POST)
    if not form.is_valid():
        return _edit_page(request, form, comment, status=422)
    said = form.cleaned_data
    try:
        words = actions.prepare_words(subject=said["subject"], body=said["body"], markup=said["markup"])
        if "preview" in request.POST:
            return _edit_page(request, form, comment, preview=words)
        actions.edit_comment(comment=comment, author=request.user, words=words, seen=said["seen"], now=now)
    except Refused as refusal:
        return _edit_page(request, form, comment, refusal=str(refusal), status=409)
    return redirect(queries.place_of(comment, reading_of(request)))


def _open_edit(request, comment, now):
    try:
        actions.check_may_edit(comment, request.user, now)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(comment)
    said = {"subject": comment.subject, "body": comment.text.source, "markup": comment.text.markup}
    return _edit_page(request, EditForm(initial=said | {"seen": comment.revisions.count()}), comment)


def _signed_out(request):
    """Whoever wrote this has to sign in anew; nothing but what was sent is on this page."""
    refusal = "You have been signed out. Sign in again in another tab, then save."
    return _edit_page(request, EditForm(request.POST), None, refusal=refusal, status=403)


def _edit_page(request, form, comment, *, preview=None, refusal="", status=200):
    minutes = policy.EDIT_WINDOW // timedelta(minutes=1)
    words = {"form": form, "comment": comment, "preview": preview, "refusal": refusal, "minutes": minutes}
    return render(request, "comments/edit.html", words, status=status)


@require_safe
def history(request, pk):
    """What a comment said before its author changed it, and what is other now; for every reader."""
    comment = _comment_or_404(pk)
    if comment.hidden_at:
        raise Http404("This comment was removed.")
    words = {"comment": comment, "versions": queries.load_history(comment)}
    return render(request, "comments/history.html", words)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_own(request, pk):
    """Take an own comment off the pages, or bring it back; asked for by GET, say what that does."""
    comment = _own_comment_or_404(request, pk)
    if request.method != "POST":
        return render(request, "comments/delete.html", {"comment": comment, "answers": comment.children.count()})
    act = actions.bring_back_comment if "bring_back" in request.POST else actions.delete_comment
    try:
        act(comment=comment, author=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(comment)
