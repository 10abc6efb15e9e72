"""Indexes for lists of which only the beginning is shown, however long they are."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

LISTED = models.Q(temporary=False, deleted__isnull=True, archived=False, pinned=False)
NEWEST = ["owner", "-updated", "-id"]
CONDITIONS = {
    "conversations_listed": models.Q(LISTED, folder__isnull=True),
    "conversations_filed": models.Q(LISTED, folder__isnull=False),
    "conversations_archived": models.Q(archived=True),
}


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("chat", "0028_words_written_with_the_message")]

    operations = [
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(fields=NEWEST, condition=condition, name=name),
        )
        for name, condition in CONDITIONS.items()
    ]
