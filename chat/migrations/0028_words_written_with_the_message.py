"""Let a statement write the words of a message beside it, and the trigger leave them alone.

Such a statement says so for its own transaction (`chat.models.indexing.WRITTEN`). Whoever does not,
as an older release, has the trigger make the row as before.
"""

from django.db import migrations

KEEP = """
CREATE OR REPLACE FUNCTION chat_keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('aiapp.words', true) = 'written' THEN
        RETURN NULL;
    END IF;
    INSERT INTO chat_messagewords (message_id, conversation_id, words)
    VALUES (NEW.id, NEW.conversation_id, chat_words(NEW.conversation_id, NEW.content))
    ON CONFLICT (message_id) DO UPDATE SET words = EXCLUDED.words, recipe = 1;
    RETURN NULL;
END
$$
"""
BEFORE = KEEP.replace(
    """    IF current_setting('aiapp.words', true) = 'written' THEN
        RETURN NULL;
    END IF;
""",
    "",
)


class Migration(migrations.Migration):
    dependencies = [("chat", "0027_attempts_of_imports")]

    operations = [migrations.RunSQL(KEEP, BEFORE)]
