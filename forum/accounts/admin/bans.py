"""Bans: all of them in a list, a network banned by writing it out, each lifted with a reason."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils import timezone

from forum.accounts import actions
from forum.accounts.actions import Refused
from forum.accounts.admin.acts import Act, FreeReasonForm, NetworkBanForm
from forum.accounts.admin.desk import DeskAdmin, YesNoFilter, change_link
from forum.accounts.admin.members import with_end
from forum.accounts.models import Ban


class NewBanForm(forms.ModelForm):
    """A network that staff write out, and what it is banned from; members are banned on their own pages."""

    kind = NetworkBanForm.base_fields["kind"]
    days = NetworkBanForm.base_fields["days"]
    reason = NetworkBanForm.base_fields["reason"]

    class Meta:
        model = Ban
        fields = ("network",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["network"].required = True

    def clean_network(self):
        try:
            return actions.read_network(self.cleaned_data["network"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class StandingFilter(YesNoFilter):
    title = "state"
    parameter_name = "standing"
    halves = {"yes": ("Standing", Q(over_at=None)), "no": ("Over", Q(over_at__isnull=False))}


@admin.register(Ban)
class BanAdmin(DeskAdmin):
    """Whom staff have stopped from what, why, and until when. No network is told but those that staff wrote out."""

    list_display = ("number", "whom", "kind", "reason", "set_at", "ends_at", "over_at")
    list_filter = (StandingFilter, "kind")
    list_select_related = ("member", "act__actor")
    search_fields = ("member__username", "network", "reason")
    search_help_text = "A member's name, a network as it was written, or words of the reason."
    ordering = ("-pk",)
    told = ("whom", "kind", "reason", "set_by", "set_at", "ends_at", "over_at")
    acts = (
        Act(
            name="lift",
            label="Lift",
            permission="accounts.ban_member",
            will="It is over from now on.",
            perform=lambda ban, **said: actions.lift_one_ban(ban=ban, **said) is not None,
            form=FreeReasonForm,
            applies=lambda ban: ban.over_at is None and (ban.ends_at is None or ban.ends_at > timezone.now()),
        ),
    )

    def has_module_permission(self, request):
        return request.user.has_perm("accounts.ban_member")

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("accounts.ban_member")

    def has_add_permission(self, request):
        return request.user.has_perm("accounts.ban_member")

    def has_change_permission(self, request, obj=None):
        return False

    def get_form(self, request, obj=None, **kwargs):
        return super().get_form(request, obj, **({} if obj else {"form": NewBanForm}), **kwargs)

    def get_fields(self, request, obj=None):
        return self.told if obj else ("network", "kind", "days", "reason")

    def get_readonly_fields(self, request, obj=None):
        return self.told if obj else ()

    def save_model(self, request, obj, form, change):
        said = with_end(now=timezone.now(), **form.cleaned_data)
        act = actions.ban_network(actor=request.user, **said)
        obj.pk = Ban.objects.get(act=act).pk

    def log_addition(self, request, obj, message):
        """The record of staff acts has it already."""

    @admin.display(description="number", ordering="pk")
    def number(self, ban):
        return ban.pk

    @admin.display(description="who")
    def whom(self, ban):
        if ban.member_id:
            return change_link(ban.member)
        return ban.network or "A network, known by its hash"

    @admin.display(description="set by")
    def set_by(self, ban):
        return change_link(ban.act.actor) if ban.act else ""
