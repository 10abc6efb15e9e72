"""The other documents whose words a citation holds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0035_addresses_of_citations")]

    operations = [
        migrations.AddField(
            model_name="citation",
            name="other_documents",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
