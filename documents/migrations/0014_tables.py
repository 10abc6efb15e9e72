"""Tables in files, and which recipe has looked for them."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import aiapp.ids


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("documents", "0013_documents_by_metadata")]

    operations = [
        migrations.AddField(
            model_name="version",
            name="tables_recipe",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        AddIndexConcurrently(
            model_name="version",
            index=models.Index(fields=["tables_recipe"], name="versions_by_tables_recipe"),
        ),
        migrations.CreateModel(
            name="Table",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=aiapp.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=100)),
                ("title", models.CharField(blank=True, max_length=300)),
                ("page", models.PositiveIntegerField()),
                ("start", models.PositiveIntegerField(null=True)),
                ("end", models.PositiveIntegerField(null=True)),
                ("columns", models.JSONField()),
                ("rows", models.PositiveIntegerField()),
                ("first_row", models.PositiveIntegerField()),
                ("last_row", models.PositiveIntegerField()),
                ("lead", models.PositiveIntegerField(default=0)),
                ("sample", models.JSONField()),
                ("notes", models.JSONField(default=list)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tables",
                        to="documents.version",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "number"), name="table_number_per_version"
                    )
                ],
            },
        ),
    ]
