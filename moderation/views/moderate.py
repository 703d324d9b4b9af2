"""Spending points from a discussion's page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from comments.models import Comment
from comments.queries import find_discussion
from forum.accounts.actions import Refused
from forum.networks import network_of
from moderation import actions, queries
from moderation.forms import ModerateForm


@login_required
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
    form = ModerateForm(request.POST)
    if not form.is_valid():
        return _refused_page(request, discussion, form.non_field_errors(), status=422)
    done, refusals = _moderate_each(request, discussion, form.cleaned_data["choices"], now)
    if refusals and not done:
        return _refused_page(request, discussion, refusals, status=409)
    if done:
        messages.success(request, f"Moderated: {len(done)}. Points left: {queries.points_of(request.user, now)}.")
    for refusal in refusals:
        messages.warning(request, refusal)
    return redirect(f"{discussion.link}#comment-{done[0]}" if done else discussion.link)


def _moderate_each(request, discussion, choices, now):
    done, refusals, network = [], [], network_of(request)
    for comment_id, reason in choices:
        found = Comment.objects.filter(pk=comment_id, discussion=discussion).first()
        try:
            if found is None:
                raise Refused("This comment is not in this discussion.")
            actions.spend_point(comment=found, moderator=request.user, reason=reason, now=now, network=network)
            done.append(comment_id)
        except Refused as refusal:
            refusals.append(f"Comment {comment_id}: {refusal}")
    return done, refusals


def _refused_page(request, discussion, refusals, *, status):
    return render(request, "moderation/refused.html", {"discussion": discussion, "refusals": refusals}, status=status)
