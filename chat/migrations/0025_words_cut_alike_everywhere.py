"""Say by which recipe the words of a message were cut, so that `chat.indexing` finds the old ones.

The column has a default that PostgreSQL keeps beside the table, so no row is written; the words
themselves are made anew in the background.
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

# A hundred thousand characters of Korean, each pair of them another, were more than a vector holds.
WORDS = """
CREATE OR REPLACE FUNCTION chat_words(conversation uuid, body text) RETURNS tsvector
LANGUAGE sql STABLE AS $$
SELECT to_tsvector('english', chat_searchable(left(body, 40000))) || array_to_tsvector(
    ARRAY(SELECT 'owner:' || owner_id FROM chat_conversation WHERE id = conversation)
)
$$
"""


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
        migrations.RunSQL(WORDS, WORDS.replace("40000", "100000")),
        AddIndexConcurrently(
            model_name="messagewords",
            index=models.Index(fields=["recipe"], name="message_words_recipe"),
        ),
    ]
