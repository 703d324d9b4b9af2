"""What a member has written and staff have not let through yet."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from forum import policy
from moderation.models import Held


@login_required
@require_safe
def own_waiting(request):
    """The own comments that waited for staff, the newest first, each with what became of it."""
    own = Held.objects.filter(author=request.user).select_related("discussion", "comment").order_by("-pk")
    return render(request, "moderation/own_waiting.html", {"own": own[: policy.COMMENTS_PER_MEMBER_PAGE]})
