"""The words of messages, for search.

A trigger writes them, whoever writes the message. What is there already is taken in afterwards,
a batch at a time, so that nobody waits; the index is made when the rows are there.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models

BATCH = 1000

# As in `documents.words`: Hangul, kana and Han characters.
CJK = (
    r"\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U000323af"
)

# Pairs of neighbours in two goes: those that begin at the odd places of a run, and, without each
# run's first character, those at the even places.
SEARCHABLE = f"""
CREATE FUNCTION chat_searchable(body text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT AS $$
SELECT CASE WHEN body !~ '[{CJK}]' THEN body ELSE
    regexp_replace(body, '([{CJK}])([{CJK}])', ' \\1\\2 ', 'g') || ' ' ||
    regexp_replace(
        regexp_replace(
            regexp_replace(body, '(^|[^{CJK}])[{CJK}](?=[{CJK}])', '\\1 ', 'g'),
            '[^{CJK}]+', ' ', 'g'
        ),
        '([{CJK}])([{CJK}])', ' \\1\\2 ', 'g'
    )
END
$$
"""

# A vector holds a megabyte at most; a hundred thousand characters cannot fill it.
WORDS = """
CREATE FUNCTION chat_words(conversation uuid, body text) RETURNS tsvector
LANGUAGE sql STABLE AS $$
SELECT to_tsvector('english', chat_searchable(left(body, 100000))) || array_to_tsvector(
    ARRAY(SELECT 'owner:' || owner_id FROM chat_conversation WHERE id = conversation)
)
$$
"""

KEEP = """
CREATE FUNCTION chat_keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chat_messagewords (message_id, conversation_id, words)
    VALUES (NEW.id, NEW.conversation_id, chat_words(NEW.conversation_id, NEW.content))
    ON CONFLICT (message_id) DO UPDATE SET words = EXCLUDED.words;
    RETURN NULL;
END
$$
"""

INSERTED = """
CREATE TRIGGER chat_words_inserted AFTER INSERT ON chat_message FOR EACH ROW
WHEN (NEW.content <> '' AND NEW.role <> 'system') EXECUTE FUNCTION chat_keep_words()
"""

CHANGED = """
CREATE TRIGGER chat_words_changed AFTER UPDATE OF content ON chat_message FOR EACH ROW
WHEN (NEW.content IS DISTINCT FROM OLD.content AND NEW.role <> 'system')
EXECUTE FUNCTION chat_keep_words()
"""

TAKE_IN = """
WITH batch AS (
    SELECT id, conversation_id, content, role FROM chat_message
    WHERE id > %s ORDER BY id LIMIT %s
), taken AS (
    INSERT INTO chat_messagewords (message_id, conversation_id, words)
    SELECT id, conversation_id, chat_words(conversation_id, content) FROM batch
    WHERE content <> '' AND role <> 'system'
    ON CONFLICT (message_id) DO NOTHING
)
SELECT max(id::text)::uuid FROM batch
"""


def take_in(apps, schema_editor):
    last = "00000000-0000-0000-0000-000000000000"
    with schema_editor.connection.cursor() as cursor:
        while last is not None:
            cursor.execute(TAKE_IN, [last, BATCH])
            last = cursor.fetchone()[0]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("chat", "0007_pinned_archived_deleted")]

    operations = [
        migrations.CreateModel(
            name="MessageWords",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="chat.message",
                    ),
                ),
                ("conversation_id", models.UUIDField(db_index=True)),
                ("words", SearchVectorField()),
            ],
        ),
        migrations.RunSQL(SEARCHABLE, "DROP FUNCTION chat_searchable"),
        migrations.RunSQL(WORDS, "DROP FUNCTION chat_words"),
        migrations.RunSQL(KEEP, "DROP FUNCTION chat_keep_words"),
        migrations.RunSQL(INSERTED, "DROP TRIGGER chat_words_inserted ON chat_message"),
        migrations.RunSQL(CHANGED, "DROP TRIGGER chat_words_changed ON chat_message"),
        migrations.RunPython(take_in, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="messagewords",
            index=GinIndex(fields=["words"], name="message_words"),
        ),
    ]
