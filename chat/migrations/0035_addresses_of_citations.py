"""The address of a page of the web that an answer cites."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0034_turns_limited_by_metadata")]

    operations = [
        migrations.AddField(
            model_name="citation",
            name="address",
            field=models.CharField(blank=True, db_default="", default="", max_length=2_000),
        ),
    ]
