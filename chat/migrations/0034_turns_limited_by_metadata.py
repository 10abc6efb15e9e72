"""A filter by documents' metadata, for turns that are limited by one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0033_former_models")]

    operations = [
        migrations.AddField(
            model_name="turn", name="filter", field=models.JSONField(null=True)
        ),
    ]
