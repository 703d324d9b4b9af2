"""Forms of members: signing up, preferences."""

from allauth.account.forms import SignupForm
from django import forms
from django.db import IntegrityError, transaction
from django.shortcuts import render

from forum.accounts.models import User


class SignUpForm(SignupForm):
    """allauth's form; only the race of two look-alike names is added, which no check before saving can see."""

    def try_save(self, request):
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            self.add_error("username", "Somebody has just taken that name, or one that looks like it.")
            return None, render(request, "account/signup.html", {"form": self}, status=409)


class PreferencesForm(forms.ModelForm):
    """How I read, write and am told."""

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
