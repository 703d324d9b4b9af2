"""The inbox's only form: which notifications were read."""

from django import forms


class MarkReadForm(forms.Form):
    """``notification``: one number for one line, empty for all of them."""

    notification = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
