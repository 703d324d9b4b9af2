"""Pages of one's own standing: mod points and karma, each with everything that made it so."""

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from moderation import queries


@never_cache
@login_required
@require_safe
def points(request):
    """Why I have mod points, why I have none."""
    standing = queries.load_standing(member=request.user, now=timezone.now())
    return render(request, "moderation/points.html", {"standing": standing})


@never_cache
@require_safe
def points_json(request):
    """The same as JSON; for members only."""
    if not request.user.is_authenticated:
        return _not_signed_in()
    return JsonResponse(queries.load_standing(member=request.user, now=timezone.now()).to_json())


@never_cache
@login_required
@require_safe
def karma(request):
    """My karma, line by line."""
    account = queries.load_karma(member=request.user, page_number=request.GET.get("page", ""))
    return render(request, "moderation/karma.html", {"account": account})


@never_cache
@require_safe
def karma_json(request):
    """The same as JSON; for members only."""
    if not request.user.is_authenticated:
        return _not_signed_in()
    page_number = request.GET.get("page", "")
    return JsonResponse(queries.load_karma(member=request.user, page_number=page_number).to_json())


def _not_signed_in():
    return JsonResponse({"error": "This is for members; sign in first."}, status=401)
