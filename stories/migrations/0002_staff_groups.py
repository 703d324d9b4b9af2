"""Two groups to put staff into, so that nobody needs to be a superuser to do daily work."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

APPS = ("accounts", "comments", "moderation", "stories")
GROUPS = {
    "Editors": {
        "accounts": ("view_staffact",),
        "comments": ("view_comment", "view_discussion", "lock_discussion"),
        "stories": (
            *("view_story", "add_story", "change_story", "publish_story"),
            *("view_section", "add_section", "change_section", "delete_section"),
            *("view_topic", "add_topic", "change_topic", "delete_topic"),
        ),
    },
    "Moderators": {
        "accounts": (
            *("view_user", "ban_member", "set_karma", "rename_member", "view_karmachange", "view_staffact"),
            *("view_archivedperson", "hide_archived_person"),
        ),
        "comments": ("view_comment", "hide_comment", "view_discussion", "lock_discussion"),
        "moderation": ("view_moderation", "set_back_comment", "view_pointgrant", "grant_points"),
    },
}


def make_permissions(apps, alias):
    # Django makes them only after the last migration.
    for label in APPS:
        app = apps.get_app_config(label)
        app.models_module = True
        create_permissions(app, apps=apps, using=alias, verbosity=0)
        app.models_module = None


def make_groups(apps, schema_editor):
    alias = schema_editor.connection.alias
    make_permissions(apps, alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    for name, wanted in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=name)
        for label, codenames in wanted.items():
            group.permissions.add(*permissions.filter(content_type__app_label=label, codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("accounts", "0001_initial"),
        ("comments", "0001_initial"),
        ("moderation", "0001_initial"),
        ("stories", "0001_initial"),
    ]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
