"""Scopes that were parts of others: old keys keep what they could do.

`chat` opened links to chats, decisions on tools and what is remembered; `documents:write` opened
who can read collections and documents. Each old key gets the new names of what it had, no more.
"""

from django.db import migrations

PARTS = {
    "chat": ["sharing", "tools:confirm", "memory"],
    "documents:write": ["sharing"],
}


def name_the_parts(apps, schema_editor):
    keys = apps.get_model("accounts", "ApiKey")
    for key in keys.objects.only("scopes").iterator():
        scopes = set(key.scopes)
        for scope in key.scopes:
            scopes.update(PARTS.get(scope, ()))
        # Only the row of a key that is still there and the same, whatever happens meanwhile.
        keys.objects.filter(pk=key.pk, scopes=key.scopes).update(scopes=sorted(scopes))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_leaving_and_exports")]

    operations = [migrations.RunPython(name_the_parts, migrations.RunPython.noop)]
