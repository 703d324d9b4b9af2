"""What moderators may do beside what 0002 gave them: flags, appeals, mass acts, bars. Policies are for superusers."""

from importlib import import_module

from django.db import migrations

groups = import_module("stories.migrations.0002_staff_groups")
RIGHTS = (
    *("view_flag", "settle_flag", "view_appeal", "decide_appeal", "view_bulkact", "act_in_bulk"),
    *("view_moderator", "bar_moderator"),
    *("view_reversal", "view_pointentry", "view_tokenentry", "view_verdict", "view_economyrun"),
)


def give_rights(apps, schema_editor):
    alias = schema_editor.connection.alias
    groups.make_permissions(apps, alias)
    wanted = apps.get_model("auth", "Permission").objects.using(alias)
    rights = wanted.filter(content_type__app_label="moderation", codename__in=RIGHTS)
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name="Moderators"):
        group.permissions.add(*rights)


class Migration(migrations.Migration):
    dependencies = [
        ("stories", "0002_staff_groups"),
        ("moderation", "0002_whole_economy"),
        ("accounts", "0003_policies_and_reversals"),
    ]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
