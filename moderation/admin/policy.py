"""The policies in the admin: every one that was in force, and the page on which another one is put into force."""

from hashlib import sha256
from json import dumps

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from forum.accounts.actions import Refused
from forum.accounts.admin.desk import Panel, RecordAdmin
from forum.accounts.admin.members import acts_panel
from forum.accounts.models import StaffAct
from forum.presets import PRESETS, Policy
from forum.rulebook.actions import version_in_force
from forum.rulebook.forms import TITLES, PolicyForm
from forum.rulebook.models import PolicyVersion
from forum.rulebook.rules import Change, differences, numbers_in_words
from moderation import actions
from moderation.actions.policies import VERB
from moderation.queries.outlook import load_outlook

MAY_SWITCH = "rulebook.adopt_policy"
IN_FORCE = ""  # the word of an address for "begin with the policy in force"


@admin.register(PolicyVersion)
class PolicyVersionAdmin(RecordAdmin):
    """Policies as they were adopted: read here, switched on a page of their own."""

    list_display = ("number", "name", "adopted_at", "by_whom", "reason")
    list_display_links = ("number", "name")
    fields = ("number", "name", "adopted_at", "by_whom", "reason")
    ordering = ("-number",)
    change_list_template = "admin/policy_change_list.html"

    def get_queryset(self, request):
        # The numbers of all of them are not needed for a list.
        acts = StaffAct.objects.filter(target_kind=self.opts.verbose_name, target_id=OuterRef("pk"), verb=VERB)
        versions = super().get_queryset(request).defer("numbers")
        return versions.annotate(adopter=Subquery(acts.values("actor__username")[:1]))

    @admin.display(description="adopted by")
    def by_whom(self, version):
        return version.adopter or "the site itself"

    def panels(self, request, row):
        before = PolicyVersion.objects.filter(number=row.number - 1).first()
        if before:
            columns = ("Number", "Before", "Since then")
            yield Panel(
                f"What changed from version {before.number}", columns, _rows(differences(before.policy, row.policy))
            )
        yield from _numbers_panels(row.policy)
        if request.user.has_perm("accounts.view_staffact"):
            yield acts_panel(row)

    # -- Switching -------------------------------------------------------------------------------------------------

    def get_urls(self):
        view = self.admin_site.admin_view(self.switch_view)
        return [path("switch/", view, name="rulebook_policyversion_switch"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        may_switch = request.user.has_perm(MAY_SWITCH)
        return super().changelist_view(request, {**(extra_context or {}), "may_switch": may_switch})

    def switch_view(self, request):
        """Choose or edit, look at what changes, say why, adopt: one page, whose form keeps what was typed."""
        if not request.user.has_perm(MAY_SWITCH):
            raise PermissionDenied
        now = timezone.now()
        current = version_in_force(now)
        start = request.POST.get("start", request.GET.get("start", IN_FORCE))
        base = PRESETS.get(start) or current.policy
        form = PolicyForm(request.POST if request.method == "POST" else None, base=base)
        if form.is_valid() and "_adopt" in request.POST and self._adopt(request, form, current, now):
            return HttpResponseRedirect(reverse("admin:rulebook_policyversion_changelist"))
        return self._page(request, form, current, start, now)

    def _adopt(self, request, form: PolicyForm, current: PolicyVersion, now) -> bool:
        """Whether the policy came into force; else the form says why not."""
        if request.POST.get("seen") != _digest(current, form.policy):
            form.add_error(None, "Something is different since the preview was made. Look at it again, then adopt.")
            return False
        try:
            version = actions.switch_policy(
                policy=form.policy,
                after=current,
                actor=request.user,
                reason=form.cleaned_data["reason"],
                now=now,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return False
        words = f"{version} is in force. What happened before keeps the policy it happened under."
        self.message_user(request, words, messages.SUCCESS)
        return True

    def _page(self, request, form: PolicyForm, current: PolicyVersion, start: str, now):
        # A preset needs no answer to be looked at.
        wanted = form.policy if form.is_bound else PRESETS.get(start)
        changes = differences(current.policy, wanted) if wanted else []
        context = {
            **self.admin_site.each_context(request),
            "title": "Switch the policy",
            "opts": self.opts,
            "form": form,
            "current": current,
            "start": start if start in PRESETS else IN_FORCE,
            "presets": [(name, name == start) for name in PRESETS],
            "wanted": wanted,
            "changes": _by_group(changes),
            "effects": load_outlook(before=current.policy, after=wanted, now=now) if changes else [],
            "seen": _digest(current, wanted) if wanted else "",
        }
        return TemplateResponse(request, "admin/policy_switch.html", context, status=422 if form.errors else 200)


def _digest(current: PolicyVersion, wanted: Policy) -> str:
    """What a preview showed: the policy in force then, and every number of the other one."""
    shown = dumps([current.number, wanted.to_numbers()], sort_keys=True)
    return sha256(shown.encode()).hexdigest()


def _by_group(changes: list[Change]) -> list[tuple[str, list[Change]]]:
    groups = dict.fromkeys(change.group for change in changes)
    return [(_title(group), [change for change in changes if change.group == group]) for group in groups]


def _title(group: str) -> str:
    return TITLES.get(group, group.capitalize())


def _rows(changes: list[Change]) -> list[tuple]:
    return [(change.words, change.before, change.after) for change in changes]


def _numbers_panels(numbers: Policy):
    """Every number of a policy, group by group, as words."""
    told = list(numbers_in_words(numbers))
    for group in dict.fromkeys(one.group for one in told):
        rows = [(one.words, one.value, one.slash) for one in told if one.group == group]
        yield Panel(_title(group), ("Number", "Value", "Slash"), rows)
