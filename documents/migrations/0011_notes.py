"""Notes on how a version was read; a null says nothing, so the release before need not write it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0010_long_lists")]

    operations = [
        migrations.AddField(
            model_name="version",
            name="notes",
            field=models.JSONField(editable=False, null=True),
        ),
    ]
