"""The address of a page of the web that an answer cites."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0032_next_questions_thoughts_and_follow_ups")]

    operations = [
        migrations.AddField(
            model_name="citation",
            name="address",
            field=models.CharField(blank=True, db_default="", default="", max_length=2_000),
        ),
    ]
