"""An index for the newest documents of a collection, which ids tell."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("documents", "0009_times_of_the_database")]

    operations = [
        AddIndexConcurrently(
            model_name="document",
            index=models.Index(fields=["collection", "-id"], name="documents_by_collection"),
        ),
    ]
