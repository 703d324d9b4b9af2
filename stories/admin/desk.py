"""The story desk: a queue by state, the form with its preview, and what becomes of a story."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, F, IntegerField, Value, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from forum.accounts.admin.acts import Act, FreeReasonForm
from forum.accounts.admin.desk import DeskAdmin, change_link
from forum.accounts.admin.members import acts_panel
from stories import actions
from stories.actions import MOVES, WORDS
from stories.admin.forms import SCHEDULES, StoryForm
from stories.models import Story

NEXT_SHOWN = 10  # scheduled stories above the list
QUEUE = (Story.State.DRAFT, Story.State.SCHEDULED)  # what waits for an editor stands first
PUBLISHES = "_publish"


class StateFilter(admin.SimpleListFilter):
    """States with how many stories are in each: one query, answered by the index on the state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        counts = dict(Story.objects.order_by().values_list("state").annotate(Count("pk")))
        return [(state.value, f"{state.label} ({counts.get(state.value, 0)})") for state in Story.State]

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() in Story.State.values else queryset


def can(verb: str):
    return lambda story: story.state in MOVES[verb]


def publish(story, *, actor, now, reason):
    actions.publish_story(story=story, editor=actor, now=now)


def hide(story, *, actor, now, reason):
    actions.hide_story(story=story, editor=actor, reason=reason, now=now)


def restore(story, *, actor, now, reason):
    actions.restore_story(story=story, editor=actor, reason=reason, now=now)


def archive(story, *, actor, now, reason):
    actions.archive_story(story=story, editor=actor, reason=reason, now=now)


@admin.register(Story)
class StoryDesk(DeskAdmin):
    """Stories: what waits for an editor first, then the newest."""

    form = StoryForm
    change_form_template = "admin/story_change_form.html"
    change_list_template = "admin/story_change_list.html"
    list_display = ("title", "state", "published", "topic", "comment_count", "on_the_site")
    list_filter = (StateFilter, "section", "topic", ("editor", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("section", "topic", "discussion")
    search_fields = ("title", "dept", "editor__username")
    search_help_text = "Words of the title or the department, an editor's name, or a story's number."
    words = (None, {"fields": ("title", "dept", ("section", "topic"), "source_domain", "markup", "intro", "body")})
    standing = ("Where it stands", {"fields": ("state", "published_at", "written_by", "comment_count")})
    time = ("When readers see it", {"fields": ("at", "seen_at")})
    no_time = (None, {"fields": ("seen_at",)})
    readonly_fields = standing[1]["fields"]
    acts = (
        Act(
            name="publish",
            label="Publish now",
            permission="stories.publish_story",
            will="Readers see the story from now on, and its discussion opens.",
            perform=publish,
            form=FreeReasonForm,
            applies=can("publish"),
            is_on_page=False,  # the form there has a button that saves first, so that nothing typed is lost
        ),
        Act(
            name="hide",
            label="Hide",
            permission="stories.publish_story",
            will="The story and its discussion are taken off the site; nothing is deleted.",
            perform=hide,
            applies=can("hide"),
        ),
        Act(
            name="restore",
            label="Restore",
            permission="stories.publish_story",
            will="The story and its discussion are put back as they were; one never published becomes a draft.",
            perform=restore,
            form=FreeReasonForm,
            applies=can("restore"),
        ),
        Act(
            name="archive",
            label="Archive",
            permission="stories.publish_story",
            will="The discussion can be read for ever; nothing is posted or moderated any more.",
            perform=archive,
            applies=can("archive"),
            is_bulk=False,
        ),
    )

    def get_ordering(self, request):
        places = [When(state=state, then=Value(place)) for place, state in enumerate(QUEUE)]
        in_queue = Case(*places, default=Value(len(QUEUE)), output_field=IntegerField())
        return (in_queue, F("published_at").desc(nulls_last=True), "-pk")

    @admin.display(description="published", ordering="published_at")
    def published(self, story):
        return date_format(timezone.localtime(story.published_at), "j\u00a0M\u00a0Y H:i") if story.published_at else ""

    @admin.display(description="comments")
    def comment_count(self, story):
        return story.discussion.comment_count

    @admin.display(description="page")
    def on_the_site(self, story):
        is_shown = story.state in (Story.State.PUBLISHED, Story.State.ARCHIVED)
        return format_html('<a href="{}">{}</a>', story.get_absolute_url(), "read" if is_shown else "preview")

    def changelist_view(self, request, extra_context=None):
        coming = Story.objects.filter(state=Story.State.SCHEDULED).order_by("published_at", "pk")[:NEXT_SHOWN]
        upcoming = [(change_link(story), story.published_at) for story in coming]
        return super().changelist_view(request, {**(extra_context or {}), "upcoming": upcoming})

    # -- The form ----------------------------------------------------------------------------------------------

    def has_change_permission(self, request, obj=None):
        # An imported story is kept as it was printed.
        return super().has_change_permission(request, obj) and not hasattr(obj, "archive")

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [self.words, self.time]
        if not self.has_change_permission(request, obj):
            return [self.standing, self.words]
        return [self.standing, self.words, self.time if obj.state in MOVES["schedule"] else self.no_time]

    @admin.display(description="editor")
    def written_by(self, story):
        return story.editor_shown

    def panels(self, request, row):
        if request.user.has_perm("accounts.view_staffact"):
            yield acts_panel(row)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        may_publish = request.user.has_perm("stories.publish_story")
        is_waiting = obj is None or not obj.pk or obj.state in MOVES["publish"]
        context["preview"] = getattr(context["adminform"].form, "preview", None)
        context["shows_publish"] = may_publish and is_waiting
        context["shows_preview"] = add or self.has_change_permission(request, obj)
        return super().render_change_form(request, context, add=add, change=change, form_url=form_url, obj=obj)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        moves = PUBLISHES in request.POST or SCHEDULES in request.POST
        if moves and not request.user.has_perm("stories.publish_story"):
            raise PermissionDenied
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        now, editor = timezone.now(), request.user
        words = {name: form.cleaned_data[name] for name in WORDS}
        if not change:
            story = actions.write_story(editor=editor, now=now, **words)
        else:
            story = Story.objects.get(pk=obj.pk)
            if set(WORDS).intersection(form.changed_data):
                actions.edit_story(story=story, editor=editor, now=now, **words)
        self._move(request, story, form, now)
        # Django goes on with the row that the form filled in.
        obj.pk, obj.slug = story.pk, story.slug

    def _move(self, request, story, form, now):
        if PUBLISHES in request.POST:
            actions.publish_story(story=story, editor=request.user, now=now)
            self.message_user(request, "Readers see it from now on.", messages.SUCCESS)
        elif SCHEDULES in request.POST:
            at = form.cleaned_data["at"]
            actions.schedule_story(story=story, editor=request.user, at=at, now=now)
            when = timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
            self.message_user(request, f"Readers will see it from {when} on.", messages.SUCCESS)
