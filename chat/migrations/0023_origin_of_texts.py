"""Messages and saved prompts say whose words they hold.

The columns come with a default that the database knows, so that the release before goes on writing
while this one starts, and no row is rewritten.
"""

from django.db import migrations, models

ORIGINS = [
    ("own", "Written here"),
    ("shared", "From a shared chat"),
    ("imported", "Imported"),
    ("program", "Sent by a program"),
    ("tool", "Written by a model"),
]


def _field() -> models.CharField:
    return models.CharField(choices=ORIGINS, db_default="own", default="own", max_length=10)


class Migration(migrations.Migration):
    dependencies = [("chat", "0022_mcp_servers")]

    operations = [
        migrations.AddField(model_name="message", name="origin", field=_field()),
        migrations.AddField(model_name="savedprompt", name="origin", field=_field()),
        migrations.AddField(
            model_name="mcpserver",
            name="approved",
            field=models.JSONField(db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="mcpserver",
            name="instructions",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
    ]
