"""A filter by documents' metadata, for turns that are limited by one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0032_next_questions_thoughts_and_follow_ups")]

    operations = [
        migrations.AddField(
            model_name="turn", name="filter", field=models.JSONField(null=True)
        ),
    ]
