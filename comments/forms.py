"""The form of a comment, and the key that makes one form one comment."""

import secrets

from django import forms
from django.core import signing

from forum import policy
from forum.accounts.models import Markup

KEY_BYTES = 12  # of randomness: two forms never share a key
SIGNER = signing.TimestampSigner(salt="comment form")


class StaleForm(forms.ValidationError):
    """The form's key is missing, broken, for another place, or too old: show the text again with a fresh key."""


def new_form_key(place: str) -> str:
    """A signed key for one form at one place, such as ``12:340`` (discussion : parent)."""
    return SIGNER.sign(f"{secrets.token_urlsafe(KEY_BYTES)}:{place}")


def read_form_key(signed: str, place: str) -> str:
    """The random part of a key that this site issued for this place not too long ago, or StaleForm."""
    try:
        key, _, issued_for = SIGNER.unsign(signed, max_age=policy.FORM_KEY_LIFETIME).partition(":")
    except signing.BadSignature:
        issued_for = None
    if issued_for != place:
        raise StaleForm("This form was open for too long. Nothing is lost: please send it once more.")
    return key


class TypedText(forms.CharField):
    """A text as it was typed: browsers send two signs for each end of a line, and readers are not charged for both."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class CommentForm(forms.Form):
    """What somebody types to comment. The length of the body is checked by the renderer, which knows the limit.

    The field itself has none, or browsers would cut off what is pasted into it without a word.
    """

    subject = forms.CharField(max_length=policy.SUBJECT_MAX, error_messages={"required": "A comment needs a subject."})
    body = TypedText(
        label="Comment",
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": "A comment needs some words."},
        strip=False,
    )
    markup = forms.ChoiceField(label="Format", choices=Markup.choices)
    is_anonymous = forms.BooleanField(label="Post anonymously", required=False)
    declines_bonus = forms.BooleanField(label="Without my karma bonus", required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)

    def __init__(self, *args, place: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.place = place
        self.is_spent = False

    def clean_key(self):
        return read_form_key(self.cleaned_data["key"], self.place)

    def fresh_key(self) -> str:
        """The key to print: the one that came while it is good, so that Back and Send again count once."""
        if self.is_spent:
            return new_form_key(self.place)
        came = self.data.get("key", "") if self.is_bound else ""
        try:
            read_form_key(came, self.place)
        except StaleForm:
            return new_form_key(self.place)
        return came
