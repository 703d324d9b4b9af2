"""The admin's pages of what staff owe one another and everybody else: flags, appeals, mass acts, acts to be undone."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from comments.models import Comment
from forum import policy
from forum.accounts.actions import Refused
from forum.accounts.admin.acts import REASON_MAX, Act, ReasonForm
from forum.accounts.admin.desk import Panel, RecordAdmin, YesNoFilter, change_link, is_number
from forum.accounts.admin.records import StaffActAdmin
from forum.accounts.models import StaffAct, User
from moderation import actions
from moderation.models import Appeal, BulkAct, Flag, Moderation
from moderation.models.acts import PUBLIC, rows_of_mass_act

WAITING = Q(comment__flags__settled_at=None)


# -- Flags ---------------------------------------------------------------------------------------------------------


class QueueFilter(admin.SimpleListFilter):
    """The comments with flags that wait, one line each; or the flags that were settled."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("settled", "Settled")]

    def choices(self, changelist):
        for choice in super().choices(changelist):
            yield choice | ({"display": "Waiting"} if choice["display"] == "All" else {})

    def queryset(self, request, queryset):
        if self.value() == "settled":
            return queryset.filter(settled_at__isnull=False)
        first = Flag.objects.waiting().filter(comment=OuterRef("comment")).order_by("pk").values("pk")[:1]
        return queryset.waiting().filter(pk=Subquery(first))


@admin.register(Flag)
class FlagAdmin(RecordAdmin):
    """The queue: comments that readers flagged, what breaks the law first, then the one that waits longest."""

    list_display = ("subject", "kinds", "flagged_at", "discussion", "outcome_shown")
    list_filter = (QueueFilter,)
    list_select_related = ("comment", "comment__discussion")
    search_fields = ("comment__subject",)
    search_help_text = "Words of the comment's subject."
    fields = ("of_comment", "kinds", "flagged_at", "outcome_shown", "comment_text", "discussion")
    acts = (
        Act(
            name="hide",
            label="Hide the comment",
            permission="comments.hide_comment",
            will="The comment is taken off the pages, its flags are settled; author and flaggers are told your reason.",
            perform=lambda flag, **said: actions.hide_comment(comment=flag.comment, **said),
            applies=lambda flag: flag.comment.hidden_at is None,
        ),
        Act(
            name="dismiss",
            label="Dismiss the flags",
            permission="moderation.settle_flag",
            will="The comment stays, all its flags are settled, and those who flagged it are told your reason.",
            perform=lambda flag, **said: actions.dismiss_flags(comment=flag.comment, **said),
            applies=lambda flag: flag.settled_at is None,
        ),
    )

    def get_queryset(self, request):
        illegal = Flag.objects.waiting().filter(comment=OuterRef("comment"), kind=Flag.Kind.ILLEGAL)
        counts = {
            f"count_{kind}": Count("comment__flags", filter=WAITING & Q(comment__flags__kind=kind))
            for kind in Flag.Kind.values
        }
        return super().get_queryset(request).annotate(is_urgent=Exists(illegal), **counts)

    def get_ordering(self, request):
        return (F("is_urgent").desc(), "flagged_at")

    @admin.display(description="comment")
    def subject(self, flag):
        return flag.comment

    @admin.display(description="comment")
    def of_comment(self, flag):
        return change_link(flag.comment)

    @admin.display(description="flags")
    def kinds(self, flag):
        if flag.settled_at:
            return flag.get_kind_display()
        counts = ((kind, getattr(flag, f"count_{kind}")) for kind in Flag.Kind.values)
        return ", ".join(f"{Flag.Kind(kind).label}: {count}" for kind, count in counts if count)

    @admin.display(description="in")
    def discussion(self, flag):
        return flag.comment.discussion

    @admin.display(description="outcome")
    def outcome_shown(self, flag):
        return flag.get_outcome_display()

    @admin.display(description="text")
    def comment_text(self, flag):
        return mark_safe(flag.comment.text.html)  # rendered and sanitised by forum.text when it was written

    def panels(self, request, row):
        flags = row.comment.flags.select_related("member", "act").order_by("pk")
        rows = [
            (one.flagged_at, change_link(one.member), one.get_kind_display(), one.words, one.get_outcome_display())
            for one in flags
        ]
        yield Panel("Who flagged it", ("When", "Who", "What", "In words", "Outcome"), rows)


# -- Appeals -------------------------------------------------------------------------------------------------------


class AnswerForm(forms.Form):
    """The answer to an appeal."""

    required_css_class = "required"
    answer = forms.CharField(
        max_length=policy.APPEAL_MAX,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80}),
        error_messages={"required": "Say why: the appellant is told, and the answer is public."},
    )

    def __init__(self, data=None, *, rows=()):
        super().__init__(data)


class OpenFilter(YesNoFilter):
    title = "state"
    parameter_name = "open"
    halves = {"yes": ("Waiting", Q(decided_at=None)), "no": ("Decided", Q(decided_at__isnull=False))}


def decide(outcome: str):
    def perform(appeal, **said):
        actions.decide_appeal(appeal=appeal, outcome=outcome, **said)

    return perform


def is_open(appeal: Appeal) -> bool:
    return appeal.decided_at is None


@admin.register(Appeal)
class AppealAdmin(RecordAdmin):
    """Appeals: those that wait first, by the day on which they are due; decided by somebody else than who acted."""

    list_display = ("what", "appellant", "due", "state", "acted_by", "decided_by")
    list_filter = (OpenFilter,)
    list_select_related = ("act", "appellant", "acted_by", "decided_by")
    ordering = (F("decided_at").desc(nulls_first=True), "due_at")
    fields = (
        *("its_act", "reason", "appellant", "words", "filed_at", "due", "state"),
        *("acted_by", "decided_by", "answer", "decided_at"),
    )
    acts = (
        Act(
            name="uphold",
            label="Let the act stand",
            permission="moderation.decide_appeal",
            will="The appeal is rejected for good. The appellant is told, and the log says so with your answer.",
            perform=decide(Appeal.Outcome.UPHELD),
            form=AnswerForm,
            applies=is_open,
            is_bulk=False,
        ),
        Act(
            name="overturn",
            label="Undo the act",
            permission="moderation.decide_appeal",
            will="The act is undone, the appellant is told, and the log says so with your answer.",
            perform=decide(Appeal.Outcome.OVERTURNED),
            form=AnswerForm,
            applies=is_open,
            is_bulk=False,
        ),
    )

    @admin.display(description="against")
    def what(self, appeal):
        return f"{PUBLIC[appeal.act.verb].label}: {appeal.act.target_name}"

    @admin.display(description="against")
    def its_act(self, appeal):
        return change_link(appeal.act, self.what(appeal))

    @admin.display(description="reason given")
    def reason(self, appeal):
        return appeal.act.reason

    @admin.display(ordering="due_at")
    def due(self, appeal):
        day = f"{timezone.localtime(appeal.due_at):%Y-%m-%d}"
        is_overdue = is_open(appeal) and appeal.due_at < timezone.now()
        return format_html("<strong>{}, overdue</strong>", day) if is_overdue else day

    @admin.display(description="state")
    def state(self, appeal):
        return appeal.get_outcome_display()


# -- Mass acts -----------------------------------------------------------------------------------------------------


class ConfirmForm(forms.Form):
    """Nothing to say but yes."""

    def __init__(self, data=None, *, rows=()):
        super().__init__(data)


class ProposeForm(forms.Form):
    """A mass act: how many of the newest rows, and why. The preview asks for the number alone."""

    required_css_class = "required"
    most = forms.IntegerField(
        label="How many of the newest", min_value=1, max_value=policy.MASS_MAX, initial=policy.MASS_SHOWN
    )
    reason = forms.CharField(
        max_length=REASON_MAX,
        widget=forms.TextInput(attrs={"size": 80}),
        error_messages={"required": "Say why: the reason is public, and told to whom it concerns."},
    )

    def __init__(self, data=None, *, kind: str):
        super().__init__(data)
        if kind == BulkAct.Kind.HIDE_SUBTREE:
            self.fields["most"].required = False
            self.fields["most"].widget = forms.HiddenInput()


def under_way(mass: BulkAct) -> bool:
    return mass.state in (BulkAct.State.RUNNING, BulkAct.State.DONE)


def proposed(mass: BulkAct) -> bool:
    return mass.state == BulkAct.State.PROPOSED


@admin.register(BulkAct)
class BulkActAdmin(RecordAdmin):
    """Mass acts and how far they are. They begin at the page of a comment or a member."""

    list_display = ("what", "on_what", "state", "progress", "reason", "proposed_by", "seconded_by", "proposed_at")
    list_filter = ("state", "kind")
    list_select_related = ("comment", "member", "proposed_by", "seconded_by")
    fields = (*list_display, "finished_at", "its_act")
    acts = (
        Act(
            name="second",
            label="Second",
            permission="moderation.act_in_bulk",
            will="You have looked at it too: it begins at once.",
            perform=lambda mass, **said: actions.second_mass_act(mass=mass, **said),
            form=ConfirmForm,
            applies=proposed,
            is_bulk=False,
        ),
        Act(
            name="reject",
            label="Reject",
            permission="moderation.act_in_bulk",
            will="It will not be done. Who still wants it has to propose it anew.",
            perform=lambda mass, **said: actions.reject_mass_act(mass=mass, **said),
            applies=proposed,
            is_bulk=False,
        ),
        Act(
            name="undo",
            label="Undo",
            permission="moderation.act_in_bulk",
            will="What it changed, and nobody has changed since, is put back. What is not done yet is left undone.",
            perform=lambda mass, **said: actions.undo_act(act=mass.act, **said),
            applies=under_way,
            outlook=lambda mass: f"{mass.done_count} of {mass.item_count} done",
            is_bulk=False,
        ),
    )

    @admin.display(description="mass act", ordering="kind")
    def what(self, mass):
        return mass.get_kind_display()

    @admin.display(description="of")
    def on_what(self, mass):
        return change_link(mass.comment or mass.member)

    @admin.display(description="progress")
    def progress(self, mass):
        words = f"{mass.done_count:,} of {mass.item_count:,}"
        bar = '<progress value="{}" max="{}" aria-label="progress"></progress> {}'
        return format_html(bar, mass.done_count, mass.item_count, words)

    @admin.display(description="in the record")
    def its_act(self, mass):
        return change_link(mass.act)

    def get_urls(self):
        view = self.admin_site.admin_view(self.propose_view)
        name = "moderation_bulkact_propose"
        return [path("propose/<slug:kind>/<int:pk>/", view, name=name), *super().get_urls()]

    def propose_view(self, request, kind, pk):
        """What a mass act would change, counted and shown; sent with a reason it begins, or waits to be seconded."""
        target = self._target_or_refusal(request, kind, pk)
        form = ProposeForm(request.POST if request.method == "POST" else None, kind=kind)
        most = _most(request)
        if form.is_valid():
            most, reason = form.cleaned_data["most"] or policy.MASS_MAX, form.cleaned_data["reason"]
            said = {"actor": request.user, "reason": reason, "now": timezone.now()}
            try:
                mass = actions.propose_mass_act(kind=kind, target=target, most=most, **said)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                self.message_user(request, f"{mass.get_kind_display()}: {mass.get_state_display()}.", messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:moderation_bulkact_change", args=[mass.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": BulkAct.Kind(kind).label,
            "opts": self.opts,
            "form": form,
            "target": change_link(target),
            "most": most,
            "asks_how_many": kind != BulkAct.Kind.HIDE_SUBTREE,
            "media": self.media,
            **_preview(kind, target, most),
        }
        return TemplateResponse(request, "admin/mass_act.html", context, status=422 if form.errors else 200)

    def _target_or_refusal(self, request, kind, pk) -> Comment | User:
        if kind not in BulkAct.Kind.values:
            raise Http404("There is no such mass act.")
        if not request.user.has_perm("moderation.act_in_bulk"):
            raise PermissionDenied
        model = Comment if kind == BulkAct.Kind.HIDE_SUBTREE else User
        target = model.objects.filter(pk=pk).first()
        if target is None:
            raise Http404("There is no such row.")
        if isinstance(target, User) and (target.is_staff or target.is_superuser) and not request.user.is_superuser:
            raise PermissionDenied  # as with every other act on members
        return target


def _most(request) -> int:
    asked = request.POST.get("most") or request.GET.get("most", "")
    is_sensible = is_number(asked) and 0 < int(asked) <= policy.MASS_MAX
    return int(asked) if is_sensible else policy.MASS_SHOWN


def _preview(kind: str, target, most: int) -> dict:
    rows = list(rows_of_mass_act(kind, target, most)[: policy.MASS_MAX + 1])
    shown = [pk for _, pk in rows[: policy.MASS_SHOWN]]
    if kind == BulkAct.Kind.SET_BACK_MODERATOR:
        found = Moderation.objects.filter(pk__in=shown).select_related("comment").order_by("-pk")
        lines = [(change_link(one), one.moderated_at) for one in found]
    else:
        found = Comment.objects.filter(pk__in=shown).select_related("discussion").order_by("-pk")
        lines = [(change_link(one), one.discussion) for one in found]
    return {"count": len(rows), "lines": lines, "more": len(rows) - len(lines)}


# -- The record ----------------------------------------------------------------------------------------------------

admin.site.unregister(StaffAct)


@admin.register(StaffAct)
class StaffActDesk(StaffActAdmin):
    """The record of staff acts; what cannot be taken back on a comment's own page is undone here."""

    acts = (
        Act(
            name="undo",
            label="Undo",
            permission="moderation.set_back_comment",
            will="What this act changed is put back, and whom it hit is told.",
            perform=lambda act, **said: actions.undo_act(act=act, **said),
            applies=lambda act: act.verb in ("rescore", "set back") and not hasattr(act, "undone_by"),
            form=ReasonForm,
            is_bulk=False,
        ),
    )

    def get_view_on_site_url(self, obj=None):
        return obj.get_absolute_url() if obj and obj.verb in PUBLIC else None
