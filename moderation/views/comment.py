"""Pages of one comment: reading it alone, and why it has its score. They stand here because they show moderation."""

from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from comments.fragments import fill
from comments.queries import find_comment, find_new_after, load_comment_page
from forum.pages import is_addressed_plainly, keep_page
from forum.reading import READ_BY, cursor_of, reading_of
from moderation import actions, queries
from moderation.fragments import reader_layer


def comment_or_404(pk, now):
    found = find_comment(pk, now=now)
    if found is None:
        raise Http404("There is no such comment.")
    return found


@require_safe
def comment(request, pk):
    """A comment with what it answers and what answers it."""
    now, reading = timezone.now(), reading_of(request)
    found = comment_or_404(pk, now)
    desk = queries.load_desk(member=request.user, discussion=found.discussion, now=now)
    is_open = found.discussion.is_open(now)
    new_after = find_new_after(member=request.user, discussion=found.discussion, now=now)
    seen = {"desk": desk, "taste": reading.taste, "is_open": is_open, "new_after": new_after}
    layer = reader_layer(member=request.user, now=now, **seen)
    after = cursor_of(request)
    page = load_comment_page(comment=found, reading=reading, is_open=is_open, after=after, layer=layer)
    actions.record_read(member=request.user, now=now)
    # A look beneath the threshold at one comment is no choice for every page, so it is not remembered.
    response = render(
        request,
        "moderation/comment.html",
        {
            "page": page,
            "comment": found,
            "discussion": found.discussion,
            "desk": desk,
            "thread": page.thread,
            "is_open": is_open,
        },
        status=410 if found.hidden_at else 200,
    )
    fill(response, thread=page.thread.html, context=page.context)
    if is_addressed_plainly(request, READ_BY):
        keep_page(request, personal=request.user.is_authenticated)
    return response


@require_safe
def score(request, pk):
    """Why a comment has its score, line by line up to what this reader sees."""
    reading = reading_of(request)
    receipt = _receipt_or_404(request, pk, reading)
    words = {"receipt": receipt, "comment": receipt.comment, "reading": reading}
    return render(request, "moderation/score.html", words)


@require_safe
def score_json(request, pk):
    """The same as JSON (docs/receipts.md)."""
    try:
        return JsonResponse(_receipt_or_404(request, pk, reading_of(request)).to_json())
    except Http404 as problem:
        return JsonResponse({"error": str(problem)}, status=404)


def _receipt_or_404(request, pk, reading):
    found = comment_or_404(pk, timezone.now())
    if found.hidden_at:
        raise Http404("This comment was removed.")
    viewer = request.user if request.user.is_authenticated else None
    return queries.load_receipt(found, reading=reading, viewer=viewer)
