"""The queue of comments that wait for staff: what decided that, and posting or refusing them.

Some look like spam; others are a visitor's that came without the solution of a challenge (docs/decisions/0025).
"""

from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import mark_safe

from forum.accounts.admin.acts import Act, FreeReasonForm
from forum.accounts.admin.desk import Panel, RecordAdmin, YesNoFilter, change_link
from moderation import actions
from moderation.models import Held


class WaitingFilter(YesNoFilter):
    title = "state"
    parameter_name = "waiting"
    halves = {"yes": ("Waiting", Q(outcome="")), "no": ("Decided", ~Q(outcome=""))}


def is_waiting(held: Held) -> bool:
    return not held.outcome


@admin.register(Held)
class HeldAdmin(RecordAdmin):
    """What looks like spam, the longest waiting last; whoever may settle flags decides about it."""

    list_display = ("subject", "written_by", "in_discussion", "likely", "held_at", "outcome_shown")
    list_filter = (WaitingFilter,)
    list_select_related = ("author", "discussion")
    search_fields = ("subject", "source", "author__username")
    search_help_text = "Words of the subject or the text, or an author's name."
    ordering = ("-pk",)
    fields = ("subject", "written_by", "in_discussion", "answers", "held_at", "likely", "outcome_shown", "text_shown")
    acts = (
        Act(
            name="release",
            label="Post it",
            permission="moderation.settle_flag",
            will="The comment takes its place, its author is told, and the program learns that it is no spam.",
            perform=lambda held, **said: actions.release_held(held=held, **said) is not None,
            form=FreeReasonForm,
            applies=is_waiting,
        ),
        Act(
            name="refuse",
            label="Refuse",
            permission="moderation.settle_flag",
            will="Nobody will see it; its author is told your reason, and the program learns that it is spam.",
            perform=lambda held, **said: actions.refuse_held(held=held, **said),
            applies=is_waiting,
        ),
    )

    def has_module_permission(self, request):
        return request.user.has_perm("moderation.settle_flag")

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("moderation.settle_flag")

    def get_view_on_site_url(self, obj=None):
        return None

    @admin.display(description="author")
    def written_by(self, held):
        return change_link(held.author) or "Anonymous Coward"

    @admin.display(description="discussion")
    def in_discussion(self, held):
        return held.discussion

    @admin.display(description="in reply to")
    def answers(self, held):
        return change_link(held.parent) or "nothing: it begins a thread"

    @admin.display(description="looks like spam", ordering="spam")
    def likely(self, held):
        words = ", no challenge solved" if held.lacks_solution else ""
        return f"{held.spam:.1%}".replace("%", " %") + words

    @admin.display(description="outcome")
    def outcome_shown(self, held):
        return held.get_outcome_display()

    @admin.display(description="text")
    def text_shown(self, held):
        return mark_safe(held.html)  # rendered and sanitised by forum.text when it was written

    def panels(self, request, row):
        rows = [(word, f"{spam:.0%}".replace("%", " %")) for word, spam in row.why]
        yield Panel("Why it waits", ("Word", "Of the texts with it, so many were spam"), rows)
