"""Public pages of people, what a member or an archived person has said; what is new in a discussion; own drafts."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from comments import actions, queries
from forum import policy
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
