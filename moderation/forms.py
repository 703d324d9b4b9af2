"""The forms of whole pages: for each comment a reason, for each moderation a judgement."""

import re

from django import forms

from forum import policy
from moderation.models import MetaVote

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
