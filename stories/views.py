"""Front page, section and topic pages, and a story with its discussion."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from comments.actions import record_visit
from comments.fragments import fill
from forum.pages import is_addressed_plainly, keep_page
from forum.reading import READ_BY, cursor_of, reading_of, remember_reading
from moderation.actions import record_read
from stories import queries
from stories.models import Section, Story, Topic


@require_safe
def front(request):
    """The newest stories of the whole site."""
    return _stories(request, Story.objects.all())


@require_safe
def section(request, slug):
    shelf = get_object_or_404(Section, slug=slug)
    return _stories(request, shelf.stories.all(), shelf)


@require_safe
def topic(request, slug):
    shelf = get_object_or_404(Topic, slug=slug)
    return _stories(request, shelf.stories.all(), shelf)


def _stories(request, stories, shelf=None):
    page_number = request.GET.get("page", "")
    found = queries.load_front(stories=stories, shelf=shelf, page_number=page_number, now=timezone.now())
    if is_addressed_plainly(request, ["page"]):
        keep_page(request, personal=request.user.is_authenticated)
    return render(request, "stories/front.html", {"front": found})


def _may_preview(user) -> bool:
    # Rights of staff are asked for with two queries, so members are not asked about them.
    return user.is_staff and user.has_perm("stories.view_story")


@require_safe
def story(request, pk, slug=""):
    """A story with its whole discussion."""
    now, reading = timezone.now(), reading_of(request)
    found = queries.find_story(pk, now=now, by_staff=_may_preview(request.user))
    if found is None:
        raise Http404("There is no such story.")
    if slug != found.slug:
        chosen = request.GET.urlencode()
        return redirect(found.get_absolute_url() + (f"?{chosen}" if chosen else ""), permanent=True)
    new_after = record_visit(member=request.user, discussion=found.discussion, now=now)
    page = queries.load_story_page(
        story=found, reading=reading, member=request.user, now=now, after=cursor_of(request), new_after=new_after
    )
    record_read(member=request.user, now=now)
    response = render(
        request,
        "stories/story.html",
        {
            "page": page,
            "story": found,
            "thread": page.thread,
            "desk": page.desk,
            "discussion": found.discussion,
            "is_open": found.discussion.is_open(now),
        },
    )
    fill(response, thread=page.thread.html)
    if not page.is_preview and is_addressed_plainly(request, READ_BY):
        keep_page(request, personal=request.user.is_authenticated)
    if page.archive:
        response["X-Robots-Tag"] = "noindex"
    return remember_reading(request, response, reading)
