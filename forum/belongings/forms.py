"""The form of a wish to be erased."""

from django import forms


class ErasureForm(forms.Form):
    """What shall go, and the own name typed, so that nobody does it by a slip."""

    words = forms.ChoiceField(
        label="What I wrote",
        choices=[
            ("keep", "Keep my comments, under a name that names nobody"),
            ("erase", "Erase the words of all my comments as well"),
        ],
        widget=forms.RadioSelect,
        initial="keep",
    )
    name = forms.CharField(label="My name, as a signature", max_length=100, error_messages={"required": "Type it."})

    def __init__(self, *args, member, **kwargs):
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_name(self):
        if self.cleaned_data["name"].strip() != self.member.username:
            raise forms.ValidationError(f"This is not your name: type {self.member.username}.")
        return self.cleaned_data["name"]
