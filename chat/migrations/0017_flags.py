"""A turn notes what the guards found. The index is made beside the traffic."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("chat", "0016_calls")]

    operations = [
        migrations.AddField(
            model_name="turn",
            name="flags",
            field=models.JSONField(null=True),
        ),
        AddIndexConcurrently(
            model_name="turn",
            index=models.Index(
                condition=models.Q(("flags__isnull", False)),
                fields=["-created"],
                name="turns_flagged",
            ),
        ),
        migrations.CreateModel(
            name="FlaggedTurn",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("chat.turn",),
        ),
    ]
