"""The forms of whole pages: for each comment a reason, for each moderation a judgement; of flags, appeals, the log."""

import re

from django import forms

from forum import policy
from moderation.models import Flag, MetaVote
from moderation.models.staff import REASON_MAX

FIELD = re.compile(r"reason-(\d{1,18})\Z")
JUDGEMENT = re.compile(r"word-(\d{1,18})\Z")


class ModerateForm(forms.Form):
    """``reason-<comment>=<reason>`` for each comment; empty choices are passed over, nonsense is refused in words.

    ``cleaned_data["choices"]`` is a list of (comment id, reason), in the order of the page.
    """

    def clean(self):
        named = ((FIELD.match(name), self.data.get(name)) for name in self.data)
        chosen = [(int(match[1]), reason) for match, reason in named if match and reason]
        allowed = {str(number): number for number in policy.REASONS}
        if any(reason not in allowed for _, reason in chosen):
            raise forms.ValidationError("One of the reasons does not exist. Nothing was moderated.")
        if len(chosen) > policy.MODERATIONS_PER_FORM:
            raise forms.ValidationError(f"At most {policy.MODERATIONS_PER_FORM} comments can be moderated at a time.")
        return {"choices": [(comment, allowed[reason]) for comment, reason in chosen]}


class JudgeForm(forms.Form):
    """``word-<moderation>=<word>`` for each moderation of the sitting named by ``sitting``; nonsense is refused.

    ``cleaned_data["words"]`` is moderation id -> MetaVote.Word.
    """

    sitting = forms.IntegerField()

    def clean(self):
        named = ((JUDGEMENT.match(name), self.data.get(name)) for name in self.data)
        words = {int(match[1]): word for match, word in named if match and word}
        if "sitting" not in self.cleaned_data or not set(words.values()) <= set(MetaVote.Word.values):
            raise forms.ValidationError("Something in the form cannot be read. Nothing was stored: please judge again.")
        return {**self.cleaned_data, "words": words}


class FlagForm(forms.Form):
    """Why staff should look at a comment."""

    kind = forms.ChoiceField(
        choices=Flag.Kind.choices,
        widget=forms.RadioSelect,
        label="What is wrong with it?",
        error_messages={"required": "Choose what is wrong with it."},
    )
    words = forms.CharField(
        max_length=REASON_MAX,
        required=False,
        label="In your own words, if that helps",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AppealForm(forms.Form):
    """Why an act of staff was wrong."""

    words = forms.CharField(
        max_length=policy.APPEAL_MAX,
        label="Why it was wrong",
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Say why: somebody else on the staff will read it."},
    )


class LogForm(forms.Form):
    """What of the public log is wanted."""

    act = forms.CharField(required=False, max_length=30)
    about = forms.CharField(required=False, max_length=policy.NAME_MAX)
    staff = forms.CharField(required=False, max_length=policy.NAME_MAX)
    before = forms.IntegerField(required=False, min_value=1, max_value=policy.ARCHIVE_UID_MAX)

    @classmethod
    def asked(cls, words) -> dict:
        """What an address asks for; what makes no sense is passed over."""
        form = cls(words)
        form.is_valid()
        return {name: value for name, value in form.cleaned_data.items() if value}
