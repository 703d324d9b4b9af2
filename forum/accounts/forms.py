"""Forms of members: signing up, preferences."""

from allauth.account.forms import LoginForm, SignupForm
from django import forms
from django.db import IntegrityError, transaction
from django.shortcuts import render

from forum import policy
from forum.accounts.models import User


class _Plain:
    """Without words inside the fields: they say again, and otherwise, what the labels say."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignInForm(_Plain, LoginForm):
    """allauth's form."""


class SignUpForm(_Plain, SignupForm):
    """allauth's form; the race of two look-alike names is added, which no check before saving can see."""

    def try_save(self, request):
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            self.add_error("username", "Somebody has just taken that name, or one that looks like it.")
            return None, render(request, "account/signup.html", {"form": self}, status=409)


def threshold_choices() -> list[tuple[int, str]]:
    """Every threshold, with what it leaves out."""
    ends = {policy.SCORE_MIN: "everything", policy.SCORE_MAX: "only the best"}
    scores = range(policy.SCORE_MIN, policy.SCORE_MAX + 1)
    words = [f"{score}: {ends[score]}" if score in ends else f"{score} and above" for score in scores]
    return [(score, said.replace("-", "−")) for score, said in zip(scores, words, strict=True)]


class PreferencesForm(forms.ModelForm):
    """How I read, write and am told."""

    threshold = forms.TypedChoiceField(choices=threshold_choices, coerce=int)

    class Meta:
        model = User
        fields = (
            "mode",
            "order",
            "threshold",
            "counts_karma_bonus",
            "markup",
            "is_willing_to_moderate",
            "mail_replies",
            "mail_moderations",
            "bio",
        )
        labels = {
            "counts_karma_bonus": "Count the karma bonus",
            "markup": "Format",
            "bio": "About me",
            "is_willing_to_moderate": "I am willing to moderate",
            "mail_replies": "Mail me replies",
            "mail_moderations": "Mail me moderations",
        }
        help_texts = {
            "bio": f"Everybody reads it on your page. At most {policy.BIO_MAX} characters.",
            "markup": "What your comments begin with; you can choose another each time.",
        }
        widgets = {"bio": forms.Textarea(attrs={"rows": 4})}
