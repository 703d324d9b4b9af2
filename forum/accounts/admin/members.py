"""A member's page as far as this floor knows it; moderation adds points, comments and moderations, and registers it."""

from urllib.parse import quote

from django import forms
from django.contrib import admin
from django.contrib.auth.forms import SetPasswordForm
from django.db.models import Q
from django.utils import timezone

from forum import policy
from forum.accounts import actions
from forum.accounts.admin.acts import Act, BanForm, ReasonForm
from forum.accounts.admin.desk import PANEL_LINES, DeskAdmin, Panel, YesNoFilter, change_link, list_address
from forum.accounts.models import Ban, KarmaChange, StaffAct, User
from forum.accounts.queries import has_second_factor, karma_history

FLAGS = ("is_active", "is_staff", "is_superuser")
COLUMNS = ("email", *FLAGS)


class KarmaForm(ReasonForm):
    karma = forms.IntegerField(min_value=policy.KARMA_MIN, max_value=policy.KARMA_MAX)
    field_order = ("karma", "reason")


class RenameForm(ReasonForm):
    name = forms.CharField(max_length=policy.NAME_MAX, label="New name")
    field_order = ("name", "reason")


class PasswordForm(SetPasswordForm):
    """Django's form for a new password, and why."""

    reason = ReasonForm.base_fields["reason"]

    def __init__(self, data=None, *, rows):
        super().__init__(rows[0], data)


class EditForm(forms.ModelForm):
    """A member's address, flags and groups."""

    def clean_email(self):
        # As allauth stores addresses.
        return self.cleaned_data["email"].lower()


def set_password(member, *, new_password1, reason, actor, now, **_):
    actions.set_password(member=member, password=new_password1, reason=reason, actor=actor, now=now)


def with_end(*, days, now, **said) -> dict:
    """What a form about a ban says, as the actions take it."""
    return said | {"now": now, "until": actions.end_of(days, now)}


def standing_bans(member: User) -> list[Ban]:
    return list(Ban.objects.standing(timezone.now()).filter(member=member))


class BannedFilter(YesNoFilter):
    title = "ban"
    parameter_name = "banned"
    halves = {"yes": ("Banned", Q(banned_at__isnull=False)), "no": ("Not banned", Q(banned_at=None))}


class MemberAdmin(DeskAdmin):
    """Members: found by name or number; karma, bans and names change by acts with a reason, never by typing over."""

    form = EditForm
    list_display = ("number", "username", "karma_shown", "banned", "is_staff", "is_active", "joined_at")
    list_display_links = ("number", "username")
    list_filter = (BannedFilter, "is_staff", "is_active")
    search_fields = ("username",)
    search_help_text = "A name or a number."
    ordering = ("-pk",)
    filter_horizontal = ("groups",)
    standing = (
        "number",
        "username",
        "karma_shown",
        "joined_at",
        "last_login",
        "banned_at",
        "ban_reason",
        "bio",
        "signature",
    )
    acts = (
        Act(
            name="ban",
            label="Ban",
            permission="accounts.ban_member",
            will=(
                "Banned from everything the member can neither post nor moderate; from less, only that. The member can "
                "read, is told the reason and the end, and can appeal."
            ),
            perform=lambda member, **said: actions.ban_member(member=member, **with_end(**said)),
            form=BanForm,
            applies=lambda member: member.banned_at is None,
        ),
        Act(
            name="unban",
            label="Lift every ban",
            permission="accounts.ban_member",
            will="The member can post and moderate again.",
            perform=lambda member, **said: actions.unban_member(member=member, **said),
            applies=lambda member: bool(standing_bans(member)),
            outlook=lambda member: "; ".join(
                f"{ban.get_kind_display()}: {ban.reason}" for ban in standing_bans(member)
            ),
        ),
        Act(
            name="karma",
            label="Set karma",
            permission="accounts.set_karma",
            will="The difference becomes one line of the karma log, which the member can read.",
            perform=lambda member, **said: actions.set_karma(member=member, **said),
            form=KarmaForm,
            outlook=lambda member: f"karma now {member.karma}, {member.karma_word}",
            is_bulk=False,
        ),
        Act(
            name="rename",
            label="Rename",
            permission="accounts.rename_member",
            will="The name changes on everything the member wrote; links to the old name break; the number stays.",
            perform=lambda member, **said: actions.rename_member(member=member, **said),
            form=RenameForm,
            is_bulk=False,
        ),
        Act(
            name="signature",
            label="Take the signature away",
            permission="accounts.ban_member",
            will="No words stand under the member's comments, until the member writes others.",
            perform=lambda member, **said: actions.take_signature_away(member=member, **said),
            applies=lambda member: bool(member.signature),
            outlook=lambda member: f"“{member.signature}”",
        ),
        Act(
            name="password",
            label="Set password",
            permission="accounts.change_user",
            will="The old password counts no more, and the member is signed out everywhere.",
            perform=set_password,
            form=PasswordForm,
            is_bulk=False,
            opens_an_account=True,
        ),
        Act(
            name="second-factor",
            label="Take the second factor away",
            permission="accounts.change_user",
            will="The password alone signs the member in, who is signed out everywhere. Make sure who asks for it.",
            perform=lambda member, **said: actions.take_second_factor_away(member=member, **said),
            applies=has_second_factor,
            is_bulk=False,
            opens_an_account=True,
        ),
    )

    def has_add_permission(self, request):
        return False  # members sign up; the first one is made by createsuperuser

    def may_act_on(self, request, row):
        # Otherwise whoever may ban or set a password could take over an account that may do more.
        return request.user.is_superuser or not (row.is_staff or row.is_superuser)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or self.may_act_on(request, obj))

    def get_fieldsets(self, request, obj=None):
        sees_address = [("Address", {"fields": ("email",)})] if self.has_change_permission(request, obj) else []
        return [(None, {"fields": self.standing}), *sees_address, ("Rights", {"fields": (*FLAGS, "groups")})]

    def get_readonly_fields(self, request, obj=None):
        rights = (*FLAGS[1:], "groups")
        return self.standing if request.user.is_superuser else (*self.standing, *rights)

    def get_search_fields(self, request):
        return ("username", "email") if self.has_change_permission(request) else ("username",)

    @admin.display(ordering="pk")
    def number(self, member):
        return member.number

    @admin.display(description="karma", ordering="karma")
    def karma_shown(self, member):
        return f"{member.karma} {member.karma_word}"

    @admin.display(boolean=True, ordering="banned_at")
    def banned(self, member):
        return member.banned_at is not None

    def save_model(self, request, obj, form, change):
        said = form.cleaned_data
        columns = {name: said[name] for name in COLUMNS if name in said}
        actions.edit_member(member=obj, actor=request.user, now=timezone.now(), groups=said.get("groups"), **columns)

    def save_related(self, request, form, formsets, change):
        """The groups were stored with the rest, by the action."""

    def panels(self, request, row):
        if request.user.has_perm("accounts.view_karmachange"):
            yield karma_panel(row)
        if request.user.has_perm("accounts.view_staffact"):
            yield acts_panel(row)


def karma_panel(member: User) -> Panel:
    lines = karma_history(member, PANEL_LINES)
    rows = [(line.changed_at, f"{line.delta:+d}", line.cause, line.withdrawn_at or "") for line in lines]
    link = list_address(KarmaChange, f"?member__id__exact={member.pk}")
    return Panel("Karma log", ("When", "Change", "Why", "Withdrawn"), rows, link)


def acts_panel(target) -> Panel:
    """What staff did to this row."""
    acts = StaffAct.objects.on(target).select_related("actor").order_by("-pk")[:PANEL_LINES]
    rows = [
        (change_link(act, act.acted_at), act.actor or "", act.verb, act.reason, act.before, act.after) for act in acts
    ]
    link = list_address(
        StaffAct, f"?target_kind__exact={quote(target._meta.verbose_name)}&target_id__exact={target.pk}"
    )
    return Panel("Staff acts", ("When", "Who", "What", "Why", "Before", "After"), rows, link)
