"""Chats can be pinned, archived and, for a minute, brought back after they were deleted.

The columns have defaults in the database, so no row is written and older servers go on
inserting; the indexes are made beside the traffic.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("chat", "0006_conversation_leaf")]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="pinned",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="conversation",
            name="archived",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="conversation",
            name="deleted",
            field=models.DateTimeField(null=True),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("pinned", True)),
                fields=["owner", "-updated", "-id"],
                name="conversations_pinned",
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("deleted__isnull", False)),
                fields=["deleted"],
                name="conversations_deleted",
            ),
        ),
    ]
