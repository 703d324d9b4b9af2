"""Acts of staff: what can be done to rows, after a page that says what will happen and asks for the reason."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.db.models import Model

from forum import policy
from forum.accounts.models import Ban, StaffAct

BAN_DAYS_MAX = policy.BAN_MAX.days
REASON_MAX = StaffAct._meta.get_field("reason").max_length


class ReasonForm(forms.Form):
    """Why. ``rows`` are those that the act is about; a form that depends on them reads them there."""

    required_css_class = "required"
    reason = forms.CharField(
        max_length=REASON_MAX,
        widget=forms.TextInput(attrs={"size": 80}),
        error_messages={"required": "Say why: the reason is kept, and told to whom it concerns."},
    )

    def __init__(self, data=None, *, rows=()):
        super().__init__(data)
        self.rows = rows


class FreeReasonForm(ReasonForm):
    """Why, for acts that explain themselves."""

    def __init__(self, data=None, *, rows=()):
        super().__init__(data, rows=rows)
        self.fields["reason"].required = False


class BanForm(ReasonForm):
    """From what, for how long, and why. ``said`` are the words for the actions."""

    kind = forms.ChoiceField(choices=Ban.Kind.choices, initial=Ban.Kind.ALL, label="Banned from")
    days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=BAN_DAYS_MAX,
        label="For how many days",
        help_text="Empty: until somebody lifts it. It ends by itself, and the record says until when.",
    )
    field_order = ("kind", "days", "reason")


class NetworkBanForm(BanForm):
    """The same for a network, behind which others may sit: nothing but posting."""

    kind = forms.ChoiceField(
        choices=[choice for choice in Ban.Kind.choices if choice[0] != Ban.Kind.ALL], label="Banned from"
    )


def always(row: Model) -> bool:
    return True


def nothing(row: Model) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that staff may do to a row.

    ``perform(row, actor=, now=, **what the form holds)`` is one transaction and may raise Refused; ``applies(row)``
    says whether there is anything to do, ``outlook(row)`` what will become of this row, in words.
    """

    name: str
    label: str
    permission: str
    will: str
    perform: Callable[..., object]
    form: type[forms.Form] = ReasonForm
    applies: Callable[[Model], bool] = always
    outlook: Callable[[Model], str] = nothing
    is_bulk: bool = True  # offered on the list
    opens_an_account: bool = False  # asks whoever acts to prove again who it is
    is_on_page: bool = True  # offered on the row's page
