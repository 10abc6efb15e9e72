"""The index of chats by folder, made beside the traffic."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('chat', '0014_folders'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='conversation',
            index=models.Index(condition=models.Q(('folder__isnull', False)), fields=['folder', '-updated'], name='conversations_of_folder'),
        ),
    ]
