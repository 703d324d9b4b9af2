"""The form of a comment, and the key that makes one form one comment."""

import re
import secrets
from datetime import UTC, datetime

from django import forms
from django.core import signing
from django.forms.utils import ErrorDict

from comments.rules import Typed
from forum import policy
from forum.accounts.models import Markup

NUL = "\0"  # which PostgreSQL does not store
VERSION = re.compile("[0-9]{1,9}")
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


def form_key_of(signed: str, place: str) -> str:
    """The random part of a key that this site issued for this place, however long ago; "" for anything else."""
    try:
        key, _, issued_for = SIGNER.unsign(signed).partition(":")
    except signing.BadSignature:
        return ""
    return key if issued_for == place else ""


def form_opened_at(signed: str) -> datetime:
    """When a key that was read was made: from then on its form was open."""
    _, stamp, _ = signed.rsplit(SIGNER.sep, 2)
    return datetime.fromtimestamp(signing.b62_decode(stamp), UTC)


class TypedText(forms.CharField):
    """A text as it was typed: browsers send two signs for each end of a line, and readers are not charged for both."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class WordsForm(forms.Form):
    """The words of a comment. The length of the body is checked by the renderer, which knows the limit.

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


class EditForm(WordsForm):
    """Other words for a comment; ``seen``: how many versions before the present one there were when it was opened."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=policy.EDITS_MAX)


class CommentForm(WordsForm):
    """What somebody types to comment."""

    is_anonymous = forms.BooleanField(label="Post anonymously", required=False)
    declines_bonus = forms.BooleanField(label="Without my karma bonus", required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)
    # The version of the draft that the form began with, and the member who was signed in then: see ``typed``.
    draft = forms.CharField(widget=forms.HiddenInput, required=False)
    writer = forms.CharField(widget=forms.HiddenInput, required=False)
    solution = forms.CharField(widget=forms.HiddenInput, required=False)  # of a challenge, where visitors are asked

    def __init__(self, *args, place: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.place = place
        self.is_spent = False
        self.opened_at: datetime | None = None

    def clean_key(self):
        signed = self.cleaned_data["key"]
        key = read_form_key(signed, self.place)
        self.opened_at = form_opened_at(signed)
        return key

    def written_by_another(self, member) -> bool:
        """Whether the form was made for somebody else than who sends it: somebody signed in, or out, meanwhile."""
        return "writer" in self.data and self.data["writer"] != str(member.pk or "")

    def let_pass(self) -> None:
        """Show what was typed without a word about what is missing: its writer is not done."""
        self._errors = ErrorDict()

    def typed(self) -> Typed:
        """Everything that was typed into a form that was sent, whether it can be posted or not."""
        sent = {name: self.data.get(name, "").replace(NUL, "") for name in ("subject", "body", "markup")}
        return Typed(
            subject=sent["subject"],
            body=sent["body"].replace("\r\n", "\n"),
            markup=sent["markup"] if sent["markup"] in Markup.values else Markup.PLAIN,
            is_anonymous="is_anonymous" in self.data,
            declines_bonus="declines_bonus" in self.data,
            form_key=form_key_of(self.data.get("key", ""), self.place),
            seen=self.draft_seen,
        )

    @property
    def draft_seen(self) -> int:
        seen = self.data.get("draft", "")
        return int(seen) if VERSION.fullmatch(seen) else 0

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
