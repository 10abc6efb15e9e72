"""Words of messages are cut outside of the database, whose own parser may take minutes."""

import pytest
from django.db import connection

from accounts.models import User
from chat.conversations import conversations
from chat.models import Message, MessageWords

pytestmark = pytest.mark.django_db(transaction=True)

# The parser of PostgreSQL takes ten seconds and more for a sixth of one of these.
MAX_CHARS = 100_000


@pytest.mark.parametrize("unit", ["a_", "1a@", "<!--", "a.b-", "/a", "가_", "-1"])
def test_a_message_is_written_and_changed_within_seconds_whatever_it_says(alice: User, unit: str):
    chat = conversations.create(alice, "Words")
    text = (unit * MAX_CHARS)[:MAX_CHARS]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '5s'")
        try:
            message = Message.objects.create(conversation=chat, role="user", content=text)
            Message.objects.bulk_create([Message(conversation=chat, role="user", content=text)])
            Message.objects.filter(id=message.id).update(content=f"{text} changed")
        finally:
            cursor.execute("RESET statement_timeout")
    assert MessageWords.objects.count() == 2
