"""Spending points, and taking that back: by forms of a whole page, or one by one where a script asks for JSON."""

import re
from datetime import timedelta
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from comments.models import Comment, Discussion
from comments.queries import find_discussion, place_of
from comments.rules import score_words, shown_score
from forum.accounts.actions import Refused
from forum.cookies import read_cookie, set_cookie
from forum.networks import network_of
from forum.reading import reading_of
from forum.rulebook.queries import policy_in_force
from moderation import actions, queries
from moderation.forms import ModerateForm
from moderation.models import Moderation

NOTHING_MODERATED = "Nothing was moderated"
NOTHING_UNDONE = "Nothing was taken back"
DESK_COOKIE, DESK_COOKIE_LIFETIME = "desk", timedelta(days=90)
DESK_COOKIE_FORM = re.compile(r"(\d{1,18})\.(\d{1,18})\.(\d{1,18})\Z")


def members_only(view):
    """Sign in first; a script, which cannot follow to a form, is told so in words."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if wants_json(request) and not request.user.is_authenticated:
            return _json(refusals=[(None, "You are signed out. Sign in, and choose once more.")], status=401)
        return login_required(view)(request, *args, **kwargs)

    return guarded


def wants_json(request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request, discussion_id):
    """Spend points on the comments of a page; each stands alone, and each refusal is told in words."""
    now = timezone.now()
    discussion = find_discussion(discussion_id, now=now)
    if discussion is None:
        raise Http404("There is no such discussion.")
    if request.method != "POST":  # back from signing in, which keeps no form
        messages.info(request, "You are signed in. Your choices did not arrive: please make them once more.")
        return redirect(discussion.link)
    return spend_from_form(request, Comment.objects.filter(discussion=discussion), back=discussion.link, now=now)


def spend_from_form(request, comments, *, back, now):
    """Spend points on these comments as the form says, and answer with a page or, to a script, with JSON."""
    form = ModerateForm(request.POST)
    if not form.is_valid():
        refusals = [(None, words) for words in form.non_field_errors()]
        return _refused(request, refusals, back=back, status=422)
    done, refusals = _moderate_each(request, comments, form.cleaned_data["choices"], now)
    if refusals and not done:
        return _refused(request, refusals, back=back, status=409)
    if wants_json(request):
        return _json(
            points=queries.points_of(request.user, now), changed=_as_changed(request, done, now), refusals=refusals
        )
    if done:
        messages.success(request, f"Moderated: {len(done)}. Points left: {queries.points_of(request.user, now)}.")
    for comment_id, words in refusals:
        messages.warning(request, f"Comment {comment_id}: {words}")
    is_there = done and back != reverse("desk")  # the desk shows no comment that one has moderated
    return redirect(place_of(done[0].comment, reading_of(request)) if is_there else back)


def _moderate_each(request, comments, choices, now):
    done, refusals, network = [], [], network_of(request)
    for comment_id, reason in choices:
        found = comments.filter(pk=comment_id).first()
        try:
            if found is None:
                raise Refused("This comment is not in this discussion, or gone.")
            spent = actions.spend_point(comment=found, moderator=request.user, reason=reason, now=now, network=network)
            done.append(spent)
        except Refused as refusal:
            # The same form sent twice is no second wish: what it asks for is the case.
            own = Moderation.objects.active().by(request.user).filter(comment=comment_id, sets_score=None).first()
            if own and own.reason == reason:
                done.append(own)
            else:
                refusals.append((comment_id, str(refusal)))
    return done, refusals


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request):
    """The comments of all open discussions that need a moderator most."""
    now = timezone.now()
    if request.method == "POST":
        comments = Comment.objects.filter(discussion__in=Discussion.objects.readable(now))
        return spend_from_form(request, comments, back=reverse("desk"), now=now)
    look, seen_up_to, newest = queries.look_number(now), *_last_look(request, now)
    reading = reading_of(request)
    page = queries.load_waiting(member=request.user, reading=reading, seen_up_to=seen_up_to, now=now)
    response = render(request, "moderation/desk.html", {"desk": page})
    kept = f"{look}.{seen_up_to}.{max(newest, page.newest)}"
    set_cookie(response, DESK_COOKIE, kept, DESK_COOKIE_LIFETIME)
    return response


def _last_look(request, now):
    """The newest comment that was there at the member's last look, and at this one so far."""
    match = DESK_COOKIE_FORM.match(read_cookie(request, DESK_COOKIE))
    if match is None:
        return 0, 0
    look, before, newest = (int(number) for number in match.groups())
    return (before if look == queries.look_number(now) else newest), newest


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request, pk):
    """Take an own moderation back, moments after it was given."""
    now = timezone.now()
    own = Moderation.objects.by(request.user).filter(pk=pk, sets_score=None)
    moderation = own.select_related("comment__discussion").first()
    if moderation is None:
        raise Http404("You gave no such moderation.")
    comment = moderation.comment
    desk_link = reverse("desk") if request.POST.get("back") == "desk" else ""
    back = desk_link or comment.discussion.link
    if request.method != "POST":
        return redirect(place_of(comment, reading_of(request)))
    try:
        comment = actions.undo_moderation(moderation=moderation, moderator=request.user, now=now)
    except Refused as refusal:
        return _refused(request, [(comment.pk, str(refusal))], back=back, status=409, title=NOTHING_UNDONE)
    if wants_json(request):
        moderation.refresh_from_db()
        changed = _as_changed(request, [moderation], now)
        return _json(points=queries.points_of(request.user, now), changed=changed)
    messages.success(request, f"Taken back: {moderation.words}. Points left: {queries.points_of(request.user, now)}.")
    at_desk = desk_link and f"{desk_link}#comment-{comment.pk}"
    return redirect(at_desk or place_of(comment, reading_of(request)))


# -- Answers -------------------------------------------------------------------------------------------------------


def _as_changed(request, moderations, now):
    """Each moderated comment as its page would show it now, for a script that changes it in its place."""
    numbers, reading = policy_in_force(), reading_of(request)
    choices = queries.reason_choices(numbers, karma=request.user.karma)
    changed = []
    for moderation in moderations:
        comment = Comment.objects.select_related("text").get(pk=moderation.comment_id)
        shown = shown_score(comment.facts(reading.taste), reading.taste)
        words = score_words(shown, comment.label)
        given = None if moderation.withdrawn_at else queries.as_given(moderation, numbers, now)
        said = f"You gave {moderation.words}" if given else f"{moderation.words} taken back"
        slot = {"row": given, "comment_id": comment.pk, "choices": choices}
        changed.append(
            {
                "comment": comment.pk,
                "shown": shown,
                "score": words,
                "says": f"{said}. The score is now {words}.",
                "html": render_to_string("moderation/_choice.html", slot).strip(),
            }
        )
    return changed


def _json(*, points=None, changed=(), refusals=(), status=200):
    told = {
        "points": points,
        "points_words": "" if points is None else queries.points_words(points),
        "changed": list(changed),
        "refusals": [{"comment": comment, "words": words} for comment, words in refusals],
    }
    return JsonResponse(told, status=status)


def _refused(request, refusals, *, back, status, title=NOTHING_MODERATED):
    if wants_json(request):
        points = queries.points_of(request.user, timezone.now())
        return _json(points=points, refusals=refusals, status=status)
    words = [f"Comment {comment_id}: {words}" if comment_id else words for comment_id, words in refusals]
    page = {"title": title, "refusals": words, "back": back, "is_from_desk": back == reverse("desk")}
    return render(request, "moderation/refused.html", page, status=status)
