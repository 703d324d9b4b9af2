"""The admin's pages of metamoderation: what was drawn for whom, what was said, what was found."""

from django.contrib import admin
from django.db.models import Q

from forum.accounts.admin.desk import RecordAdmin, YesNoFilter, change_link, is_number
from moderation.models import MetaSitting, MetaVote, Verdict


class AnsweredFilter(YesNoFilter):
    title = "answered"
    parameter_name = "answered"
    halves = {"no": ("Waiting", Q(answered_at=None)), "yes": ("Answered", Q(answered_at__isnull=False))}


@admin.register(MetaSitting)
class MetaSittingAdmin(RecordAdmin):
    """The moderations that each member was given to judge, by lot."""

    list_display = ("drawn_at", "of_member", "answered_at")
    list_filter = (AnsweredFilter, "drawn_at")
    list_select_related = ("member",)
    search_fields = ("member__username",)
    fields = ("member", "policy", "drawn_at", "answered_at")
    ordering = ("-pk",)

    @admin.display(description="member")
    def of_member(self, sitting):
        return change_link(sitting.member)


@admin.register(MetaVote)
class MetaVoteAdmin(RecordAdmin):
    """Each word on a moderation. Who said it is for staff alone, and only to look into collusion."""

    list_display = ("voted_at", "of_member", "on_moderation", "word", "counts", "is_twin")
    list_filter = ("word", "counts", "is_twin")
    list_select_related = ("member", "moderation")
    search_fields = ("member__username", "=moderation__id")
    search_help_text = "A name, or the number of a moderation."
    fields = ("sitting", "member", "moderation", "place", "word", "counts", "is_twin", "voted_at")
    ordering = ("-pk",)

    @admin.display(description="member")
    def of_member(self, vote):
        return change_link(vote.member)

    @admin.display(description="moderation")
    def on_moderation(self, vote):
        return change_link(vote.moderation)


@admin.register(Verdict)
class VerdictAdmin(RecordAdmin):
    """What metamoderators found, once for each moderation."""

    list_display = ("settled_at", "on_moderation", "of_moderator", "is_fair", "fair_votes", "unfair_votes")
    list_filter = ("is_fair", "settled_at")
    list_select_related = ("moderation__moderator",)
    search_fields = ("moderation__moderator__username", "=moderation__id")
    search_help_text = "A moderator's name, or the number of a moderation."
    fields = ("moderation", "is_fair", "fair_votes", "unfair_votes", "karma_change", "policy", "settled_at")
    ordering = ("-pk",)

    def lookup_allowed(self, lookup, value, request=None):
        # The link from a moderator's page; the general rule lets no address go through two tables.
        is_of_moderator = lookup == "moderation__moderator__id__exact" and is_number(str(value))
        return is_of_moderator or super().lookup_allowed(lookup, value, request)

    @admin.display(description="moderation")
    def on_moderation(self, verdict):
        return change_link(verdict.moderation)

    @admin.display(description="moderator")
    def of_moderator(self, verdict):
        return change_link(verdict.moderation.moderator)
