"""Pages of one comment: reading it alone, answering it, and why it has its score.

They stand on this floor because they show moderation: posting withdraws it, and the page says so beforehand.
"""

from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from comments.actions import DiscussionClosed, FormSpent, prepare_words
from comments.forms import CommentForm
from comments.fragments import fill
from comments.queries import find_comment, find_discussion, load_comment_page
from comments.rules import reply_subject
from forum import text
from forum.accounts.actions import Refused
from forum.accounts.models import Markup
from forum.networks import network_of
from forum.reading import cursor_of, reading_of
from forum.rulebook.queries import policy_in_force
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
    layer, is_open = reader_layer(member=request.user, desk=desk, taste=reading.taste), found.discussion.is_open(now)
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
    return fill(response, thread=page.thread.html, context=page.context)


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


# Not "no-store": then Back would fetch a fresh form, put the old words into it, and Post would post them again.
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request, discussion_id, parent_id=None):
    """The form of a comment: empty, previewed, refused with the text kept, or posted."""
    now = timezone.now()
    discussion = find_discussion(discussion_id, now=now)
    parent = comment_or_404(parent_id, now) if parent_id else None
    if discussion is None or (parent and parent.discussion_id != discussion.pk):
        raise Http404("There is no such discussion.")
    form = _form(request, discussion, parent)
    if request.method != "POST" and parent and parent.hidden_at:
        return redirect(parent)
    if request.method != "POST":
        return _form_page(request, form, discussion, parent, now=now)
    if not form.is_valid():
        return _form_page(request, form, discussion, parent, status=422, now=now)
    try:
        return _preview_or_post(request, form, discussion, parent, now)
    except Refused as refusal:
        form.is_spent = isinstance(refusal, FormSpent)
        status = 409 if isinstance(refusal, (DiscussionClosed, FormSpent)) else 422
        return _form_page(request, form, discussion, parent, refusal=str(refusal), status=status, now=now)


def _form(request, discussion, parent):
    answers = parent and not parent.hidden_at
    subject = reply_subject(parent.subject) if answers else ""
    markup = request.user.markup if request.user.is_authenticated else Markup.PLAIN
    initial = {"subject": subject, "markup": markup}
    if answers and request.GET.get("quote"):
        initial["body"] = text.quote(parent.text.source, markup)
    place = f"{discussion.pk}:{parent.pk if parent else ''}"
    return CommentForm(request.POST if request.method == "POST" else None, initial=initial, place=place)


def _preview_or_post(request, form, discussion, parent, now):
    said = form.cleaned_data
    words = prepare_words(subject=said["subject"], body=said["body"], markup=said["markup"])
    if "preview" in request.POST:
        return _form_page(request, form, discussion, parent, preview=words, now=now)
    author = request.user if request.user.is_authenticated and not said["is_anonymous"] else None
    actions.check_may_post_as(member=request.user, is_anonymous=author is None)
    posted = actions.take_part(
        discussion=discussion,
        author=author,
        parent=parent,
        words=words,
        form_key=said["key"],
        declines_bonus=said["declines_bonus"],
        network=network_of(request),
        writer=request.user if request.user.is_authenticated else None,
        now=now,
    )
    return redirect(f"{posted.discussion.link}#comment-{posted.pk}")


def _form_page(request, form, discussion, parent, *, now, preview=None, refusal="", status=200):
    return render(
        request,
        "moderation/reply.html",
        {
            "form": form,
            "discussion": discussion,
            "parent": parent,
            "preview": preview,
            "refusal": refusal,
            "is_open": discussion.is_open(now),
            "withdraws": queries.own_moderation_count(member=request.user, discussion=discussion),
            "has_bonus": request.user.is_authenticated and request.user.karma >= policy_in_force().karma_bonus_from,
        },
        status=status,
    )
