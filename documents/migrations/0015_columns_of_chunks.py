"""The names of the columns of rows that a chunk begins with."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0014_tables")]

    operations = [
        migrations.AddField(
            model_name="chunk",
            name="columns",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
    ]
