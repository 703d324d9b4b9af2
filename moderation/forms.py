"""The form of a whole page: for each comment one choice of a reason."""

import re

from django import forms

from forum import policy

FIELD = re.compile(r"reason-(\d{1,18})\Z")


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
