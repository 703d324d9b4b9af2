from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_erased_members")]

    operations = [
        migrations.RemoveConstraint(model_name="relation", name="relation_is_friend_or_foe"),
        migrations.AlterField(
            model_name="relation",
            name="kind",
            field=models.CharField(
                choices=[("friend", "Friend"), ("foe", "Foe"), ("ignore", "Ignored")], max_length=6
            ),
        ),
        migrations.AddConstraint(
            model_name="relation",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("friend", "foe", "ignore"))), name="relation_is_known"
            ),
        ),
    ]
