"""Earlier messages that were copied into a chat are marked, as far as it can be told.

Whatever was asked or answered here has a turn. What has none came with an import, whose chats are
on record, or with a program's request (temporary, or under the program's own name), or else from a
shared chat that somebody went on with. A few chats at a time, so that no lock is held for long; it
may be begun anew after it broke off.
"""

from django.db import migrations

BATCH = 200

# Answers without a turn, and chats that could have been brought along without an answer.
_CHATS = """
SELECT m.conversation_id FROM chat_message m LEFT JOIN chat_turn t ON t.message_id = m.id
WHERE m.role = 'assistant' AND t.id IS NULL
UNION SELECT conversation_id FROM chat_importedchat WHERE conversation_id IS NOT NULL
UNION SELECT id FROM chat_conversation WHERE client_id IS NOT NULL OR temporary
"""

# A question whose answers all have turns was asked here; one of several that has none was not.
_MARK = """
UPDATE chat_message m SET origin = CASE
    WHEN EXISTS (SELECT 1 FROM chat_importedchat i WHERE i.conversation_id = m.conversation_id)
        THEN 'imported'
    WHEN c.temporary OR c.client_id IS NOT NULL THEN 'program'
    ELSE 'shared'
END
FROM chat_conversation c
WHERE c.id = m.conversation_id AND m.conversation_id = ANY(%s) AND m.origin = 'own'
AND NOT EXISTS (SELECT 1 FROM chat_turn t WHERE t.message_id = m.id)
AND NOT (
    EXISTS (
        SELECT 1 FROM chat_message a JOIN chat_turn t ON t.message_id = a.id
        WHERE a.parent_id = m.id
    )
    AND NOT EXISTS (
        SELECT 1 FROM chat_message a LEFT JOIN chat_turn t ON t.message_id = a.id
        WHERE a.parent_id = m.id AND a.role = 'assistant' AND t.id IS NULL
    )
)
"""


def mark_copied_messages(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_CHATS)
        chats = [row[0] for row in cursor.fetchall()]
        for first in range(0, len(chats), BATCH):
            cursor.execute(_MARK, [chats[first : first + BATCH]])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("chat", "0023_origin_of_texts")]

    operations = [
        migrations.RunPython(mark_copied_messages, migrations.RunPython.noop, elidable=True)
    ]
