"""The names of the columns of rows that a citation begins with."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0036_other_documents_of_citations")]

    operations = [
        migrations.AddField(
            model_name="citation",
            name="columns",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
    ]
