"""Names of texts are looked up among what their program may change, so they need not be unique.

The index is made beside the traffic. Backwards, of several texts of one name all but the oldest get
a name of their own, for the release before knows one of each.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


_NAME_APART = """
UPDATE documents_document younger SET external_id = left(external_id, 250) || ' ' || id
WHERE external_id <> '' AND EXISTS (
    SELECT 1 FROM documents_document older
    WHERE older.collection_id = younger.collection_id
    AND older.external_id = younger.external_id AND older.id < younger.id
)
"""


def name_apart(apps, schema_editor):
    schema_editor.execute(_NAME_APART)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("documents", "0006_transcriptions")]

    operations = [
        AddIndexConcurrently(
            model_name="document",
            index=models.Index(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=["collection", "external_id"],
                name="document_external_id",
            ),
        ),
        migrations.RemoveConstraint(model_name="document", name="external_id_per_collection"),
        migrations.RunPython(migrations.RunPython.noop, name_apart),
    ]
