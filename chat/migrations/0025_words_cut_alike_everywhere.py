"""Say by which recipe the words of a message were cut, so that `chat.indexing` finds the old ones.

The column has a default that PostgreSQL keeps beside the table, so no row is written; the words
themselves are made anew in the background. Until then they stay as they are.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# As before, and what is written again has the recipe of the trigger again.
KEEP = """
CREATE OR REPLACE FUNCTION chat_keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chat_messagewords (message_id, conversation_id, words)
    VALUES (NEW.id, NEW.conversation_id, chat_words(NEW.conversation_id, NEW.content))
    ON CONFLICT (message_id) DO UPDATE SET words = EXCLUDED.words, recipe = 1;
    RETURN NULL;
END
$$
"""
KEPT = KEEP.replace(", recipe = 1", "")

# The trigger only makes the row: the words are cut by `chat.indexing`, in the same transaction or,
# of messages that an older release writes meanwhile, in the background. PostgreSQL's own parser
# takes a time that grows with the square of some texts ("a_" again and again), within the
# transaction that accepts a question.
WORDS = """
CREATE OR REPLACE FUNCTION chat_words(conversation uuid, body text) RETURNS tsvector
LANGUAGE sql STABLE AS $$
SELECT array_to_tsvector(
    ARRAY(SELECT 'owner:' || owner_id FROM chat_conversation WHERE id = conversation)
)
$$
"""
BEFORE = WORDS.replace(
    "SELECT array_to_tsvector",
    "SELECT to_tsvector('english', chat_searchable(left(body, 100000))) || array_to_tsvector",
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("chat", "0024_origin_of_earlier_messages")]

    operations = [
        migrations.AddField(
            model_name="messagewords",
            name="recipe",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.RunSQL(KEEP, KEPT),
        migrations.RunSQL(WORDS, BEFORE),
        AddIndexConcurrently(
            model_name="messagewords",
            index=models.Index(fields=["recipe"], name="message_words_recipe"),
        ),
    ]
