"""Names of texts are looked up among what their program may change, so they need not be unique.

The index is made beside the traffic.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


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
    ]
