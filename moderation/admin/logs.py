"""The admin's pages of the logs: moderations, points, tokens, runs of the economy; read page by page at any length."""

from django.contrib import admin
from django.db.models import Q

from forum.accounts.admin.desk import COUNTED_MAX, RecordAdmin, change_link, cut_search, is_number
from forum.accounts.admin.records import WithdrawnFilter
from forum.accounts.models import User
from moderation.models import EconomyRun, Moderation, Moderator, PointEntry, PointGrant, Reversal, TokenEntry

NAMES_MAX = 20  # members that a searched name may mean
FOUND_MAX = 1_000  # lines that a search shows of each
NEWEST = f"Words are looked for in the newest {COUNTED_MAX:,} lines, names and numbers in all."


class LogAdmin(RecordAdmin):
    """A log of any length, newest first by number: no page of it counts or reads it to its end.

    ``people`` are the columns that name members, ``words`` the one that is searched for words.
    """

    people: tuple[str, ...] = ("member",)
    words = "cause"
    ordering = ("-pk",)
    search_fields = ("pk",)  # Django shows the box where there are any; what is searched is told below
    search_help_text = NEWEST

    def get_search_results(self, request, queryset, search_term):
        asked = cut_search(search_term)
        number = asked.removeprefix("#")
        if is_number(number):
            return queryset.filter(pk=number), False
        return queryset.filter(pk__in=self._found(queryset, asked)) if asked else queryset, False

    def _found(self, queryset, asked: str) -> set[int]:
        lines = queryset.order_by("-pk").values_list("pk", flat=True)
        newest = lines.first() or 0
        found = set(lines.filter(**{f"{self.words}__icontains": asked}, pk__gt=newest - COUNTED_MAX)[:FOUND_MAX])
        meant = User.objects.filter(username__icontains=asked).order_by("pk").values_list("pk", flat=True)
        for column in self.people:
            # One after the other, because no index serves two columns at once.
            found |= set(lines.filter(Q(**{f"{column}__in": list(meant[:NAMES_MAX])}))[:FOUND_MAX])
        return found

    @admin.display(description="member")
    def of_member(self, line):
        return change_link(line.member)


@admin.register(Moderation)
class ModerationAdmin(LogAdmin):
    """The moderation log, as the scores are computed from it."""

    people, words = ("moderator", "author"), "comment__subject"
    list_display = ("moderated_at", "of_comment", "reason", "delta", "by_moderator", "to_author", "withdrawn_because")
    list_filter = ("reason", WithdrawnFilter, "moderated_at")
    list_select_related = ("comment", "moderator", "author")
    fields = (
        *("comment", "reason", "delta", "moderator", "author", "moderated_at"),
        *("grant", "karma_change", "policy", "withdrawn_at", "withdrawn_because"),
    )

    @admin.display(description="comment")
    def of_comment(self, moderation):
        return change_link(moderation.comment)

    @admin.display(description="moderator")
    def by_moderator(self, moderation):
        return change_link(moderation.moderator)

    @admin.display(description="author")
    def to_author(self, moderation):
        return change_link(moderation.author) or "Anonymous Coward"


@admin.register(Reversal)
class ReversalAdmin(LogAdmin):
    """Moderations taken back, and put back."""

    people = ("moderation__moderator",)
    list_display = ("reversed_at", "of_moderation", "by_moderator", "number", "kind", "cause")
    list_filter = ("kind", "reversed_at")
    list_select_related = ("moderation__moderator",)
    fields = ("moderation", "number", "kind", "cause", "act", "policy", "reversed_at")

    @admin.display(description="moderation")
    def of_moderation(self, reversal):
        return change_link(reversal.moderation)

    @admin.display(description="moderator")
    def by_moderator(self, reversal):
        return change_link(reversal.moderation.moderator)


@admin.register(PointGrant)
class PointGrantAdmin(LogAdmin):
    """Grants of mod points and their balances: granted = left + spent + expired."""

    list_display = (
        *("granted_at", "of_member", "points_granted", "points_left", "points_spent", "points_expired"),
        *("cause", "expires_at"),
    )
    list_filter = ("kind", "granted_at", "expires_at")
    list_select_related = ("member",)
    fields = ("member", *list_display[2:], "kind", "policy", "run", "granted_at", "granted_on")

    @admin.display(description="spent")
    def points_spent(self, grant):
        return grant.points_granted - grant.points_left - grant.points_expired


@admin.register(PointEntry)
class PointEntryAdmin(LogAdmin):
    """Points that expired, were removed, or came back."""

    list_display = ("entered_at", "of_member", "kind", "points", "cause")
    list_filter = ("kind", "entered_at")
    list_select_related = ("member",)
    fields = ("member", "kind", "points", "cause", "grant", "moderation", "act", "policy", "entered_at")


@admin.register(TokenEntry)
class TokenEntryAdmin(LogAdmin):
    """Every change of a member's tokens; the balance is their sum."""

    words = "kind"
    list_display = ("entered_at", "of_member", "kind", "amount", "asked", "balance")
    list_filter = ("kind", "entered_at")
    list_select_related = ("member",)
    fields = (*("member", *list_display[2:]), "run", "grant", "moderation", "verdict", "policy", "entered_at")


@admin.register(EconomyRun)
class EconomyRunAdmin(RecordAdmin):
    """One run an hour: what it took in, what it gave out."""

    list_display = (
        *("slot", "comment_count", "points_recycled", "token_supply", "tokens_given", "eligible_count"),
        *("grant_count", "points_granted"),
    )
    list_filter = ("slot",)
    fields = (*list_display, "receiver_count", "policy", "ran_at", "seed")
    ordering = ("-pk",)


@admin.register(Moderator)
class ModeratorAdmin(RecordAdmin):
    """Members as moderators: their tokens, and whether staff barred them."""

    list_display = ("of_member", "tokens", "granted_at", "barred_until", "barred_because", "bars")
    list_display_links = ("tokens",)
    list_select_related = ("member",)
    search_fields = ("member__username",)
    fields = ("member", *list_display[1:])
    ordering = ("-pk",)

    @admin.display(description="member")
    def of_member(self, moderator):
        return change_link(moderator.member)
