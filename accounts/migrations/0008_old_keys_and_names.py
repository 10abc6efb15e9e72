"""What accounts and keys of older releases need.

Keys: parts of old scopes have names of their own now, and each old key gets the names of what it
could do, no more. `chat` opened links to chats, decisions on tools and what is remembered;
`documents:write` opened who can read collections and documents.

Names: how each looks is noted, so that no new one looks like it. Those that look alike already
keep their names.
"""

from django.db import migrations

from accounts.lookalikes import skeletons

PARTS = {
    "chat": ["sharing", "tools:confirm", "memory"],
    "documents:write": ["sharing"],
}
BATCH = 1000


def name_the_parts(apps, schema_editor):
    keys = apps.get_model("accounts", "ApiKey")
    for key in keys.objects.only("scopes").iterator():
        scopes = set(key.scopes)
        for scope in key.scopes:
            scopes.update(PARTS.get(scope, ()))
        # Only the row of a key that is still there and the same, whatever happens meanwhile.
        keys.objects.filter(pk=key.pk, scopes=key.scopes).update(scopes=sorted(scopes))


def note_how_names_look(apps, schema_editor):
    users, looks = (apps.get_model("accounts", name) for name in ("User", "NameSkeleton"))
    missing = users.objects.filter(skeletons=None).order_by("pk").only("pk", "username")
    last = None
    while found := list((missing.filter(pk__gt=last) if last else missing)[:BATCH]):
        last = found[-1].pk
        rows = [
            looks(user_id=user.pk, skeleton=each, inherited=True)
            for user in found
            for each in skeletons(user.username)
        ]
        looks.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    # Batch by batch: nobody waits for a lock on all accounts.
    atomic = False

    dependencies = [("accounts", "0007_refresh_grace_and_name_skeletons")]

    operations = [
        migrations.RunPython(name_the_parts, migrations.RunPython.noop),
        migrations.RunPython(note_how_names_look, migrations.RunPython.noop),
    ]
