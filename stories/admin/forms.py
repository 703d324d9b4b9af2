"""The form of a story: its words, and the time it is wanted for."""

import re

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.validators import DomainNameValidator
from django.utils import timezone

from forum import policy, text
from forum.accounts.actions import Refused
from stories.actions import WORDS, render_words
from stories.models import Story

AROUND_A_HOST = re.compile(r"\A(?:https?:)?//|[/?#].*\Z", re.IGNORECASE)
ONLY_LOOKS = "_preview"
SCHEDULES = "_schedule"


class StoryForm(forms.ModelForm):
    """A story as editors write it. Pressing Preview checks and renders, and is never valid, so nothing is stored.

    ``preview`` is a Story with intro_html and body_html as readers will see them, or None.
    """

    at = forms.SplitDateTimeField(
        label="Time",
        required=False,
        widget=AdminSplitDateTime,
        help_text="When readers see it. Give a time and press Schedule; Publish now needs none.",
    )
    seen_at = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Story
        fields = WORDS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.preview = self.instance if self.instance.pk else None
        stored = self.instance.changed_at
        self.stored_at = stored.isoformat() if stored else ""
        self.fields["seen_at"].initial = self.stored_at
        self.fields["at"].initial = self.instance.published_at

    def clean_title(self):
        title = text.clean_line(self.cleaned_data["title"])
        if not title:
            raise forms.ValidationError("A story needs a title.")
        if len(title) > policy.TITLE_MAX:
            raise forms.ValidationError(f"The title has {len(title)} characters; at most {policy.TITLE_MAX} fit.")
        return title

    def clean_dept(self):
        dept = text.clean_line(self.cleaned_data["dept"])
        if len(dept) > policy.DEPT_MAX:
            raise forms.ValidationError(f"The department has {len(dept)} characters; at most {policy.DEPT_MAX} fit.")
        return dept

    def clean_source_domain(self):
        host = AROUND_A_HOST.sub("", self.cleaned_data["source_domain"].strip().lower())
        if host:
            DomainNameValidator(message="This is no host name such as example.com.")(host)
        return host

    def clean(self):
        said = super().clean()
        self._check_nobody_was_quicker(said)
        self._check_time(said)
        self._check_words(said)
        return said

    def _check_nobody_was_quicker(self, said):
        if self.stored_at and said.get("seen_at") != self.stored_at:
            self.add_error(None, "Somebody else has changed this story meanwhile. Compare before you save it again.")

    def _check_time(self, said):
        at = said.get("at")
        if SCHEDULES in self.data:
            if "at" in said and at is None:
                self.add_error("at", "For when? Give a day and a time.")
            elif at and at <= timezone.now():
                self.add_error("at", "A story can only be scheduled for a time that is still to come.")
        elif at and at != self.instance.published_at and "_publish" not in self.data and ONLY_LOOKS not in self.data:
            self.add_error("at", "Save keeps no time. Press Schedule for this one, or empty it.")

    def _check_words(self, said):
        words = {name: said.get(name) or "" for name in ("intro", "body", "markup")}
        if not (words["intro"] and words["markup"]):
            return
        self.preview = Story(title=said.get("title", ""), dept=said.get("dept", ""), **words)
        try:
            render_words(self.preview)
        except Refused as refusal:
            self.preview = None
            self.add_error(None, str(refusal))

    def is_valid(self):
        # The page then comes back as after a mistake, with everything that was typed.
        return super().is_valid() and ONLY_LOOKS not in self.data
