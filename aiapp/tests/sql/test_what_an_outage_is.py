"""A database that is away is waited for; one that refuses what it is given is not."""

import pytest
from django.db import DatabaseError, connection, connections

from aiapp.db import is_outage


@pytest.mark.parametrize(
    ("statement", "passes"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", True),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)", True),
        ("SET LOCAL transaction_read_only = on; CREATE TABLE never (n int)", True),
        ("SELECT 1 / 0", False),
        ("SELECT 3000000000::int", False),
        ("SELECT 'no number'::int", False),
        ("SELECT * FROM there_is_no_such_table", False),
        ("INSERT INTO accounts_user (id) VALUES (NULL)", False),
        # Of the same class as a lost connection, and refused each time.
        ("SELECT to_tsvector('simple', string_agg(n::text, ' ')) FROM generate_series(1, 200000) n",
         False),
    ],
)  # fmt: skip
@pytest.mark.django_db(transaction=True)
def test_only_what_passes_is_an_outage(statement: str, passes: bool) -> None:
    with pytest.raises(DatabaseError) as caught, connection.cursor() as cursor:
        cursor.execute(statement)
    connections.close_all()
    assert is_outage(caught.value) is passes


def test_a_mistake_of_ours_is_no_outage() -> None:
    assert not is_outage(UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed"))
