"""What lists and pages of the admin have in common: acts with reasons, rows that are only read, cheap counting."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, Q
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html

from forum.accounts.actions import Refused
from forum.accounts.admin.acts import Act

COUNTED_MAX = 10_000  # rows; a list counts no further, because nobody turns to its hundredth page and all would wait
AT_ONCE_MAX = 100  # rows that one act takes, a page of the list
PANEL_LINES = 10  # lines of each table under a form
SEARCH_MAX = 200  # characters that a list looks for
SEARCH_WORDS_MAX = 10  # words of them: each is looked for in every column, and a database refuses a thousand of those
DIGITS_MAX = 18  # of a row's number; longer ones fit no column
TOO_LONG_A_NUMBER = re.compile(rf"[\d_]{{{DIGITS_MAX + 1}}}")  # Python reads 1_000 as a number, too
LOOKUPS = {"id", "exact", "gte", "lt", "isnull"}  # what filters and links of lists ask for
SECRETS = {"password", "email"}


@dataclass(frozen=True, slots=True)
class Panel:
    """A small table under a form: its title, the heads of its columns, its rows, and where to see all."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple]
    link: str = ""


class CountedPaginator(Paginator):
    """Pages of a table of any size."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by().values("pk")[:COUNTED_MAX].count()


def is_number(words: str) -> bool:
    """Whether this can be the number of a row in words as people and forms send them."""
    return words.isascii() and words.isdecimal() and len(words) <= DIGITS_MAX


def cut_search(words: str) -> str:
    """As much of what was asked for as a list looks for."""
    return " ".join(words[:SEARCH_MAX].split()[:SEARCH_WORDS_MAX])


def change_link(row: Model | None, words: str | datetime = ""):
    """A link to a row's page in the admin; an empty string for no row."""
    if row is None:
        return ""
    if isinstance(words, datetime):
        words = date_format(timezone.localtime(words), "DATETIME_FORMAT")
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', page, words or row)


def list_address(model: type[Model], query: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + query


class YesNoFilter(admin.SimpleListFilter):
    """Two halves of a list that no single column tells; ``halves`` maps an address's word to (label, condition)."""

    halves: dict[str, tuple[str, Q]]

    def lookups(self, request, model_admin):
        return [(word, label) for word, (label, _) in self.halves.items()]

    def queryset(self, request, queryset):
        half = self.halves.get(self.value())
        return queryset.filter(half[1]) if half else queryset


class DeskAdmin(admin.ModelAdmin):
    """A list and a page of rows on which staff act: buttons on the page, and the same in bulk on the list."""

    acts: tuple[Act, ...] = ()
    paginator = CountedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_form_template = "admin/desk_change_form.html"

    def has_delete_permission(self, request, obj=None):
        return False

    def may_act_on(self, request, row) -> bool:
        return True

    def acts_for(self, request) -> list[Act]:
        return [act for act in self.acts if request.user.has_perm(act.permission)]

    def panels(self, request, row) -> Iterable[Panel]:
        """Tables under the form."""
        return ()

    def lookup_allowed(self, lookup, value, request=None):
        # Django lets an address ask anything about any column of the row, and so spell out what no page shows.
        if lookup in {getattr(filter_, "parameter_name", None) for filter_ in self.get_list_filter(request)}:
            return True  # such a filter reads its words itself
        column, *how = lookup.split("__")
        is_sensible = SECRETS.isdisjoint((column, *how)) and LOOKUPS.issuperset(how)
        is_sensible = is_sensible and not TOO_LONG_A_NUMBER.search(str(value))
        return is_sensible and super().lookup_allowed(lookup, value, request)

    def get_view_on_site_url(self, obj=None):
        return obj.get_absolute_url() if hasattr(obj, "get_absolute_url") else None

    def get_search_results(self, request, queryset, search_term):
        search_term = cut_search(search_term)
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        number = search_term.strip().removeprefix("#")
        return (found | queryset.filter(pk=number) if is_number(number) else found), may_repeat

    # -- The page of one row -----------------------------------------------------------------------------------

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and obj.pk:
            context["panels"] = self.panels(request, obj)
            context["acts"] = self._buttons(request, obj) if self.may_act_on(request, obj) else ()
        return super().render_change_form(request, context, add=add, change=change, form_url=form_url, obj=obj)

    def _buttons(self, request, row) -> list[tuple[str, str]]:
        possible = [act for act in self.acts_for(request) if act.is_on_page and act.applies(row)]
        return [(act.label, self._act_address(row, act)) for act in possible]

    def _act_address(self, row, act: Act) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_act", args=[row.pk, act.name])

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refusal:
            # The form was good when it was checked; somebody else was quicker.
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    # -- Acts --------------------------------------------------------------------------------------------------

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        view = self.admin_site.admin_view(self.act_view)
        return [path("<int:pk>/act/<slug:name>/", view, name=name), *super().get_urls()]

    def act_view(self, request, pk, name):
        """One act on one row: the question, the answer in words, or the act and back to the row's page."""
        act = self._act_or_refusal(request, name)
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404("There is no such row.")
        if not (self.has_view_permission(request, row) and self.may_act_on(request, row)):
            raise PermissionDenied
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
        if act.opens_an_account and settings.STAFF_SECOND_FACTOR and not did_recently_reauthenticate(request):
            # Not by allauth's own decorator: what was sent, a password, would be kept in the session meanwhile.
            return redirect_to_login(request.path, reverse("account_reauthenticate"))
        if not act.applies(row):
            self.message_user(request, f"{act.label}: there is nothing to do for “{row}”.", messages.WARNING)
            return HttpResponseRedirect(page)
        form = act.form(request.POST if request.method == "POST" else None, rows=[row])
        if form.is_valid():
            refusals = self._perform(request, act, [row], form)
            if not refusals:
                return HttpResponseRedirect(page)
            form.add_error(None, refusals)
        return self._question(request, act, form, rows=[row], back=page)

    def _act_or_refusal(self, request, name) -> Act:
        act = next((act for act in self.acts if act.name == name), None)
        if act is None:
            raise Http404("There is no such act.")
        if act not in self.acts_for(request):
            raise PermissionDenied
        return act

    def _perform(self, request, act: Act, rows, form) -> list[str]:
        """Each row in a transaction of its own, so that one refusal does not undo the others; returns the refusals."""
        outcomes, refusals = [], []
        for row in rows:
            try:
                outcomes.append(act.perform(row, actor=request.user, now=timezone.now(), **form.cleaned_data))
            except Refused as refusal:
                refusals.append(f"“{row}”: {refusal}")
        if idle := outcomes.count(False):
            self.message_user(request, f"{act.label}: there was nothing to do for {idle}.", messages.WARNING)
        if done := len(outcomes) - idle:
            self.message_user(request, f"{act.label}: done for {done}.", messages.SUCCESS)
        return refusals

    def _question(self, request, act: Act, form, *, rows, back, passed_over=(), is_bulk=False):
        context = {
            **self.admin_site.each_context(request),
            "title": act.label,
            "opts": self.opts,
            "act": act,
            "form": form,
            "rows": [(change_link(row), act.outlook(row)) for row in rows],
            "passed_over": passed_over,
            "chosen": [row.pk for row in rows] if is_bulk else (),
            "checkbox": admin.helpers.ACTION_CHECKBOX_NAME,
            "back": back,
            "media": self.media,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/desk_act.html", context, status=status)

    # -- The same in bulk --------------------------------------------------------------------------------------

    def get_actions(self, request):
        acts = [act for act in self.acts_for(request) if act.is_bulk]
        is_popup = admin.options.IS_POPUP_VAR in request.GET
        return {} if is_popup else {act.name: (self._in_bulk(act), act.name, act.label) for act in acts}

    def _in_bulk(self, act: Act):
        def in_bulk(desk, request, queryset):
            return self._act_on_chosen(request, act, list(queryset[: AT_ONCE_MAX + 1]))

        return in_bulk

    def _act_on_chosen(self, request, act: Act, chosen):
        rows = [row for row in chosen if act.applies(row) and self.may_act_on(request, row)]
        if len(chosen) > AT_ONCE_MAX or not rows:
            too_many = f"{act.label} takes at most {AT_ONCE_MAX} at a time."
            words = too_many if chosen[AT_ONCE_MAX:] else f"{act.label}: there is nothing to do for what was chosen."
            self.message_user(request, words, messages.ERROR)
            return None
        form = act.form(request.POST if "is_answer" in request.POST else None, rows=rows)
        if not form.is_valid():
            passed_over = [change_link(row) for row in chosen if row not in rows]
            back = request.get_full_path()
            return self._question(request, act, form, rows=rows, back=back, passed_over=passed_over, is_bulk=True)
        for refusal in self._perform(request, act, rows, form):
            self.message_user(request, refusal, messages.ERROR)
        return None

    def response_action(self, request, queryset):
        # Django hands what was posted to the database as it came.
        posted, checkbox = request.POST.copy(), admin.helpers.ACTION_CHECKBOX_NAME
        posted.setlist(checkbox, [pk for pk in posted.getlist(checkbox) if is_number(pk)])
        request.POST = posted
        return super().response_action(request, queryset)


class RecordAdmin(DeskAdmin):
    """Rows that are read here and never written: a change comes from an act or from the site."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
