"""Archived people, the karma log, the record of staff acts, Django's own log of the admin, and groups of staff."""

import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html

from forum.accounts.actions import hide_archived_person, show_archived_person
from forum.accounts.admin.acts import Act
from forum.accounts.admin.desk import DeskAdmin, RecordAdmin, YesNoFilter, change_link
from forum.accounts.models import ArchivedPerson, KarmaChange, StaffAct


class NameFilter(YesNoFilter):
    title = "name"
    parameter_name = "name"
    halves = {"shown": ("Shown", Q(hidden_at=None)), "hidden": ("Hidden", Q(hidden_at__isnull=False))}


@admin.register(ArchivedPerson)
class ArchivedPersonAdmin(RecordAdmin):
    """People of imported archives: their names are taken off the pages when they ask for it."""

    list_display = ("name", "number", "source", "hidden_at")
    list_filter = (NameFilter, "source")
    search_fields = ("name", "=number")
    search_help_text = "A name, or a number at the source."
    fields = list_display
    ordering = ("-pk",)
    acts = (
        Act(
            name="hide",
            label="Hide the name",
            permission="accounts.hide_archived_person",
            will="The name and the person's page are taken off the site; what was written stays, without a name.",
            perform=lambda person, **said: hide_archived_person(person=person, **said),
            applies=lambda person: person.hidden_at is None,
        ),
        Act(
            name="show",
            label="Show the name",
            permission="accounts.hide_archived_person",
            will="The name and the person's page are on the site again.",
            perform=lambda person, **said: show_archived_person(person=person, **said),
            applies=lambda person: person.hidden_at is not None,
        ),
    )


class WithdrawnFilter(YesNoFilter):
    title = "withdrawn"
    parameter_name = "withdrawn"
    halves = {"no": ("In force", Q(withdrawn_at=None)), "yes": ("Withdrawn", Q(withdrawn_at__isnull=False))}


@admin.register(KarmaChange)
class KarmaChangeAdmin(RecordAdmin):
    list_display = ("changed_at", "of_member", "delta", "cause", "withdrawn_at")
    list_filter = (WithdrawnFilter, "changed_at")
    list_select_related = ("member",)
    search_fields = ("member__username", "cause")
    fields = ("member", "delta", "cause", "changed_at", "withdrawn_at")
    ordering = ("-pk",)

    @admin.display(description="member")
    def of_member(self, change):
        return change_link(change.member)


@admin.register(StaffAct)
class StaffActAdmin(RecordAdmin):
    """Who on the staff did what to whom, and why."""

    list_display = ("acted_at", "actor", "verb", "target_kind", "target", "reason", "before", "after")
    list_filter = ("verb", "target_kind", "acted_at")
    list_select_related = ("actor",)
    search_fields = ("target_name", "reason", "actor__username")
    fields = list_display
    ordering = ("-pk",)

    @admin.display(description="to what")
    def target(self, act):
        registered = (model._meta for model in self.admin_site._registry)
        opts = next((opts for opts in registered if opts.verbose_name == act.target_kind), None)
        if opts is None:
            return act.target_name
        page = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[act.target_id])
        return format_html('<a href="{}">{}</a>', page, act.target_name)


@admin.register(LogEntry)
class LogEntryAdmin(RecordAdmin):
    """Django's own log of what was saved with the admin's forms."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "what_changed")
    list_filter = ("action_flag", "action_time")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__username")
    fields = list_display

    def get_view_on_site_url(self, obj=None):
        return None

    @admin.display(description="change")
    def what_changed(self, entry):
        return entry.get_change_message()


# All were registered by the imports above. An address is changed on its member's page, which keeps a record of it.
admin.site.unregister([EmailAddress, Group])
# These hold what signs members in: seeds of codes, tokens of other sites, sessions with addresses. Nobody reads them.
admin.site.unregister([Authenticator, SocialAccount, SocialApp, SocialToken, UserSession])


@admin.register(Group)
class GroupDesk(DeskAdmin, GroupAdmin):
    """Groups of staff and what they may do: one at a time, nothing in bulk."""

    def has_delete_permission(self, request, obj=None):
        return GroupAdmin.has_delete_permission(self, request, obj)
