"""An index for filters by metadata, made while documents are read and written."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("documents", "0012_sources")]

    operations = [
        AddIndexConcurrently(
            model_name="document",
            index=GinIndex(
                fields=["metadata"], name="document_metadata", opclasses=["jsonb_path_ops"]
            ),
        ),
    ]
