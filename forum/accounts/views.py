"""Pages of one's own account; a member's public page stands on the floor of the comments it shows."""

from urllib.parse import urlencode

from allauth.core.internal.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from forum import policy
from forum.accounts import actions, queries, rules
from forum.accounts.forms import ModifiersForm, PreferencesForm, RelationForm
from forum.accounts.models import User
from forum.networks import network_of
from forum.reading import forget_reading
from forum.rulebook.queries import policy_in_force


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request):
    """How I read, write and am told."""
    member = User.objects.get(pk=request.user.pk)
    form = PreferencesForm(request.POST or None, instance=member)
    if request.method == "POST" and form.is_valid() and _stored(form, request.user):
        messages.success(request, "Your preferences are saved.")
        return forget_reading(redirect("preferences"))
    return _preferences_page(request, form, _modifiers_form(member))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def modifiers(request):
    """What I add to scores: one of the ready-made tastes, or each number by itself."""
    if request.method != "POST":
        return redirect(reverse("preferences") + "#modifiers")
    preset = policy.READING_PRESETS.get(request.POST.get("preset", ""))
    form = ModifiersForm(request.POST)
    if preset or form.is_valid():
        chosen = preset.modifiers if preset else form.cleaned_data
        actions.save_preferences(member=request.user, modifiers=rules.own_modifiers(chosen))
        messages.success(request, f"You read: {preset.name}." if preset else "Your own scores are saved.")
        return redirect(reverse("preferences") + "#modifiers")
    return _preferences_page(request, PreferencesForm(instance=User.objects.get(pk=request.user.pk)), form)


@never_cache
@require_safe
def challenge(request):
    """What a visitor's device works out for one comment, where the policy asks for it; the same for everybody."""
    tries = policy_in_force().anonymous_challenge
    if not tries:
        return JsonResponse({"error": "This site asks nobody to solve anything."}, status=404)
    if not _may_have_another(request):
        words = "Your network has asked for very many challenges. Try again in a minute."
        return JsonResponse({"error": words}, status=429, headers={"Retry-After": "60"})
    return JsonResponse(actions.new_challenge(tries=tries, now=timezone.now()))


def _may_have_another(request) -> bool:
    """Whether a network has not had its challenges of this minute yet, counted across workers; no address is kept."""
    network = network_of(request)
    if not network:  # it tells nothing, so everybody would be counted as one
        return True
    key = salted_hmac("forum.accounts.views.challenge", network, algorithm="sha256").hexdigest()
    rates = {"challenge": f"{policy.CHALLENGES_PER_MINUTE}/m/key"}
    return bool(consume(request, app="forum", action="challenge", config=rates, key=key, limit_get=True))


def _stored(form, member) -> bool:
    """Store what was chosen; a signature that is refused says why in the form, and nothing is stored."""
    chosen = dict(form.cleaned_data)
    try:
        with transaction.atomic():
            actions.change_signature(member=member, signature=chosen.pop("signature"), now=timezone.now())
            actions.save_preferences(member=member, **chosen)
    except actions.Refused as refusal:
        form.add_error("signature", str(refusal))
    return form.is_valid()


def _modifiers_form(member):
    return ModifiersForm(initial=rules.all_modifiers(member.modifiers))


def _preferences_page(request, form, modifiers):
    own = request.user.modifiers
    presets = [(key, preset, preset.modifiers == own) for key, preset in policy.READING_PRESETS.items()]
    words = {"form": form, "modifiers": modifiers, "presets": presets, "is_own": all(not one[2] for one in presets)}
    status = 422 if form.errors or modifiers.errors else 200
    return render(request, "accounts/preferences.html", words, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end_session(request, pk):
    """Sign out where a member is signed in elsewhere."""
    if request.method == "POST":
        ended = actions.end_session(member=request.user, pk=pk)
        messages.success(request, "You are signed out there." if ended else "You were signed out there already.")
    return redirect("usersessions_list")


@require_safe
def people(request, name):
    """Friends, foes, fans and freaks of a member, for everybody to see."""
    person = _member_or_404(name)
    word = request.GET.get("of", "")
    asked = {"word": word, "page_number": request.GET.get("page", "")}
    found = queries.load_people(person=person, is_own=person == request.user, **asked)
    words = {"person": person, "found": found, "query": urlencode({"of": found.word})}
    return render(request, "accounts/people.html", words)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def relation(request, name):
    """Call a member friend or foe, ignore the member, or neither."""
    person = _member_or_404(name)
    form = RelationForm(request.POST)
    if request.method != "POST":
        return redirect(person)
    if not form.is_valid():
        return _relation_refused(request, person, "Choose friend, foe, ignore or neither.", 422)
    kind = form.cleaned_data["kind"]
    try:
        actions.relate(member=request.user, other=person, kind=None if kind == "neither" else kind, now=timezone.now())
    except actions.Refused as refusal:
        return _relation_refused(request, person, str(refusal), 409)
    messages.success(request, f"{person.username} is {RELATED[kind]}.")
    return redirect(person)


RELATED = {
    "friend": "your friend now",
    "foe": "your foe now",
    "ignore": "ignored by you from now on",
    "neither": "neither your friend nor your foe",
}


def _relation_refused(request, person, words, status):
    return render(request, "accounts/relation.html", {"person": person, "refusal": words}, status=status)


def _member_or_404(name):
    return get_object_or_404(User, username=name, is_active=True)
