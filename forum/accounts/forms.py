"""Forms of members: signing up, preferences."""

from functools import cache
from itertools import groupby
from zoneinfo import available_timezones

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    AddEmailForm,
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
)
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.socialaccount.forms import SignupForm as ProviderSignupForm
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.shortcuts import render
from django.utils.functional import cached_property

from forum import policy
from forum.accounts import rules
from forum.accounts.models import Relation, User


class _Plain:
    """Without words inside the fields: they say again, and otherwise, what the labels say."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignInForm(_Plain, LoginForm):
    """allauth's form."""


class AskAgainForm(_Plain, ReauthenticateForm):
    """allauth's form."""


class AddressForm(_Plain, AddEmailForm):
    """allauth's form."""


class NewPasswordForm(_Plain, ChangePasswordForm):
    """allauth's form."""


class FirstPasswordForm(_Plain, SetPasswordForm):
    """allauth's form."""


class ForgottenForm(_Plain, ResetPasswordForm):
    """allauth's form."""


class AfterForgettingForm(_Plain, ResetPasswordKeyForm):
    """allauth's form."""


class CodeForm(_Plain, AuthenticateForm):
    """allauth's form."""


class CodeAgainForm(_Plain, CodeReauthenticateForm):
    """allauth's form."""


class AppForm(_Plain, ActivateTOTPForm):
    """allauth's form."""


class _NameMayBeTaken:
    """The race of two look-alike names, which no check before saving can see."""

    def try_save(self, request):
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            self.add_error("username", "Somebody has just taken that name, or one that looks like it.")
            return None, render(request, self.page, {"form": self}, status=409)


class SignUpForm(_NameMayBeTaken, _Plain, SignupForm):
    """allauth's form, which costs the same work for an address that somebody has already.

    Where the site asks for a challenge, who brings no solution is ``is_unproven``; a wrong one makes no account.
    """

    page = "account/signup.html"
    solution = forms.CharField(widget=forms.HiddenInput, required=False)
    is_unproven = False

    @cached_property
    def asks_challenge(self) -> bool:
        return get_adapter().asks_challenge()

    @property
    def solved_anew(self) -> int:
        return int(policy.CHALLENGE_SOLVED_ANEW.total_seconds())

    def try_save(self, request):
        try:
            with transaction.atomic():
                # Before anybody is looked for, so that it tells nothing about who is there.
                self._take_solution()
                member, response = super().try_save(request)
        except forms.ValidationError as refusal:
            self.add_error(None, refusal)
            return None, render(request, self.page, {"form": self}, status=422)
        if member is None:
            make_password(self.cleaned_data["password1"])
        return member, response

    def _take_solution(self):
        if not self.asks_challenge:
            return
        if "solution" not in self.data:
            words = "Since you opened this form the site asks a small piece of work of devices."
            raise forms.ValidationError(f"{words} No account was made yet: please send it once more.")
        if self.cleaned_data["solution"]:
            get_adapter().take_solution(self.cleaned_data["solution"])
        else:
            self.is_unproven = True


class ProviderSignUpForm(_NameMayBeTaken, _Plain, ProviderSignupForm):
    """allauth's form for whoever comes from another site and chooses a name here."""

    page = "socialaccount/signup.html"


def threshold_choices() -> list[tuple[int, str]]:
    """Every threshold, with what it leaves out."""
    ends = {policy.SCORE_MIN: "everything", policy.SCORE_MAX: "only the best"}
    scores = policy.SCORES
    words = [f"{score}: {ends[score]}" if score in ends else f"{score} and above" for score in scores]
    return [(score, said.replace("-", "−")) for score, said in zip(scores, words, strict=True)]


@cache  # the zones are files, 600 of them
def zone_choices() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Every time zone that is a place, by continent; the site's own first."""
    places = [name for name in sorted(available_timezones()) if "/" in name and not name.startswith(NO_PLACES)]
    by_continent = groupby(places, key=lambda name: name.partition("/")[0])
    groups = [(part, [(name, spoken(name)) for name in names]) for part, names in by_continent]
    return [("", f"As the site: {settings.TIME_ZONE}"), ("UTC", "UTC"), *groups]


def spoken(zone: str) -> str:
    return zone.partition("/")[2].replace("_", " ").replace("/", ", ")


NO_PLACES = ("Etc/", "SystemV/", "US/", "posix/", "right/")


class PreferencesForm(forms.ModelForm):
    """How I read, write and am told."""

    threshold = forms.TypedChoiceField(choices=threshold_choices, coerce=int)
    full_from = forms.TypedChoiceField(choices=threshold_choices, coerce=int, label="In full from")
    zone = forms.ChoiceField(choices=zone_choices, required=False, label="Time zone")

    class Meta:
        model = User
        fields = (
            "mode",
            "order",
            "threshold",
            "full_from",
            "zone",
            "date_format",
            "markup",
            "is_willing_to_moderate",
            "mail_replies",
            "mail_moderations",
            "bio",
            "signature",
            "hides_signatures",
        )
        labels = {
            "date_format": "Dates and times",
            "markup": "Format",
            "bio": "About me",
            "hides_signatures": "Hide signatures",
            "is_willing_to_moderate": "I am willing to moderate",
            "mail_replies": "Mail me replies",
            "mail_moderations": "Mail me moderations",
        }
        help_texts = {
            "signature": f"Everybody reads it under each of your comments. At most {policy.SIGNATURE_MAX} characters.",
            "bio": f"Everybody reads it on your page. At most {policy.BIO_MAX} characters.",
            "full_from": "What is lower than this, but not beneath your threshold, is one line that opens.",
            "markup": "What your comments begin with; you can choose another each time.",
        }
        widgets = {"bio": forms.Textarea(attrs={"rows": 4})}


def points_choices() -> list[tuple[int, str]]:
    """Every number of points that a modifier may add, with its sign."""
    steps = range(-policy.MODIFIER_MAX, policy.MODIFIER_MAX + 1)
    return [(step, f"{step:+d}".replace("-", "−") if step else "±0") for step in steps]


POINTS = {
    "bonus": "Karma bonus",
    "friend": "Friends",
    "foe": "Foes",
    "fan": "Fans of mine",
    "freak": "My freaks",
    "anonymous": "Anonymous Cowards",
    "new": "New members",
    "short": "Short comments",
    "long": "Long comments",
    **rules.LABELS,
}
LIMITS = {
    "new_percent": ("New: the newest, percent", 1, 100),
    "short_below": ("Short: characters below", 1, policy.BODY_MAX),
    "long_above": ("Long: characters above", 1, policy.BODY_MAX),
}


class ModifiersForm(forms.Form):
    """What I add to scores: a field for each name in ``rules.AS_EVERYBODY``."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, label in POINTS.items():
            self.fields[name] = forms.TypedChoiceField(label=label, choices=points_choices, coerce=int)
        for name, (label, least, most) in LIMITS.items():
            self.fields[name] = forms.IntegerField(label=label, min_value=least, max_value=most)

    def clean(self):
        chosen = super().clean()
        both = chosen.get("short") and chosen.get("long")
        if both and chosen.get("short_below", 0) > chosen.get("long_above", policy.BODY_MAX):
            self.add_error("long_above", "A comment would be short and long at once: let long begin above short.")
        return chosen

    def those(self, *names: str):
        return [self[name] for name in names]

    @property
    def people(self):
        return self.those(*rules.PEOPLE, "anonymous", "bonus", "new", "new_percent")

    @property
    def labels(self):
        return self.those(*rules.LABELS)

    @property
    def lengths(self):
        return self.those("short", "short_below", "long", "long_above")


class RelationForm(forms.Form):
    """Friend, foe, ignored or neither."""

    kind = forms.ChoiceField(choices=[*Relation.Kind.choices, ("neither", "Neither")])
