"""Pages of one's own account; a member's public page stands on the floor of the comments it shows."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forum.accounts import actions
from forum.accounts.forms import PreferencesForm
from forum.accounts.models import User
from forum.reading import forget_reading


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request):
    """How I read, write and am told."""
    member = User.objects.get(pk=request.user.pk)
    form = PreferencesForm(request.POST or None, instance=member)
    if request.method == "POST" and form.is_valid():
        actions.save_preferences(member=request.user, **form.cleaned_data)
        messages.success(request, "Your preferences are saved.")
        return forget_reading(redirect("preferences"))
    return render(request, "accounts/preferences.html", {"form": form}, status=422 if form.errors else 200)
