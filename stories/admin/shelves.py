"""Sections and topics: everything that is stored goes through the actions, so that it is on record."""

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.utils import timezone

from forum.accounts.actions import Refused
from forum.accounts.admin.desk import DeskAdmin
from forum.accounts.admin.members import acts_panel
from stories import actions
from stories.models import Section, Topic


class ShelfAdmin(DeskAdmin):
    """A shelf is deleted only while it is empty."""

    list_display = ("name", "slug", "description", "position")
    list_editable = ("position",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def panels(self, request, row):
        if request.user.has_perm("accounts.view_staffact"):
            yield acts_panel(row)

    def save_model(self, request, obj, form, change):
        now = timezone.now()
        if not change:
            actions.add_shelf(shelf=obj, editor=request.user, now=now)
        elif form.changed_data:
            actions.change_shelf(shelf=obj, editor=request.user, changed=form.changed_data, now=now)

    def delete_model(self, request, obj):
        actions.delete_shelf(shelf=obj, editor=request.user, now=timezone.now())

    def get_deleted_objects(self, objs, request):
        # Django would list every story in the way, one by one.
        full = [f"{shelf}: {n} stories stand under it" for shelf in objs if (n := shelf.stories.count())]
        return [str(shelf) for shelf in objs], {self.opts.verbose_name_plural: len(objs)}, set(), full

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except Refused as refusal:
            # A story came to stand under it while the question was on the screen.
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


@admin.register(Section)
class SectionAdmin(ShelfAdmin):
    pass


@admin.register(Topic)
class TopicAdmin(ShelfAdmin):
    list_display = ("name", "icon", *ShelfAdmin.list_display[1:])
