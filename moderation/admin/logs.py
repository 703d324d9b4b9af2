"""The admin's pages of the moderation log and the grants."""

from django.contrib import admin

from forum.accounts.admin.desk import RecordAdmin, change_link
from forum.accounts.admin.records import WithdrawnFilter
from moderation.models import Moderation, PointGrant


@admin.register(Moderation)
class ModerationAdmin(RecordAdmin):
    """The moderation log, as the scores are computed from it."""

    list_display = ("moderated_at", "of_comment", "reason", "delta", "by_moderator", "to_author", "withdrawn_because")
    list_filter = ("reason", WithdrawnFilter, "moderated_at")
    list_select_related = ("comment", "moderator", "author")
    search_fields = ("comment__subject", "moderator__username", "author__username")
    search_help_text = "Words of the comment's subject, a name, or the number of a line."
    fields = (
        *("comment", "reason", "delta", "moderator", "author", "moderated_at"),
        *("grant", "karma_change", "withdrawn_at", "withdrawn_because"),
    )
    ordering = ("-pk",)

    @admin.display(description="comment")
    def of_comment(self, moderation):
        return change_link(moderation.comment)

    @admin.display(description="moderator")
    def by_moderator(self, moderation):
        return change_link(moderation.moderator)

    @admin.display(description="author")
    def to_author(self, moderation):
        return change_link(moderation.author) or "Anonymous Coward"


@admin.register(PointGrant)
class PointGrantAdmin(RecordAdmin):
    """Grants of mod points and their balances: granted = left + spent + expired."""

    list_display = (
        *("granted_at", "to_member", "points_granted", "points_left", "points_spent", "points_expired"),
        *("cause", "expires_at"),
    )
    list_filter = ("expires_at",)
    list_select_related = ("member",)
    search_fields = ("member__username", "cause")
    fields = ("member", *list_display[2:], "granted_at", "granted_on")
    ordering = ("-pk",)

    @admin.display(description="member")
    def to_member(self, grant):
        return change_link(grant.member)

    @admin.display(description="spent")
    def points_spent(self, grant):
        return grant.points_granted - grant.points_left - grant.points_expired
