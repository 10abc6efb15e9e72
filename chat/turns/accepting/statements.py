"""The SQL of a beginning: what `chat.turns.accepting.round_trip` sends.

Columns and values of the rows are the models' (`aiapp.sql.inserts`). Each statement first looks
whether the question is a common one (`is_open`), and writes nothing if it is not.
"""

from dataclasses import dataclass
from functools import cache

from accounts.models import LedgerEntry
from aiapp.sql.inserts import Insert, list_columns
from aiapp.sql.pool import Query
from chat.models import Attempt, Conversation, Instructions, Message, Turn
from chat.models.indexing import WORDS_ROW, WRITTEN

CONVERSATION, QUESTION, ANSWER, TURN, ATTEMPT, ENTRY = "c_", "q_", "a_", "t_", "n_", "e_"

# Nobody's budget bounds the user, and no turn has the request's name.
_COMMON = """
    NOT EXISTS (
        SELECT FROM accounts_budget WHERE user_id = %(owner)s::uuid OR group_id IN (
            SELECT group_id FROM accounts_user_groups WHERE user_id = %(owner)s::uuid
        )
    ) AND NOT EXISTS (
        SELECT FROM chat_turn WHERE owner_id = %(owner)s::uuid AND request_id = %(request)s::text
    )
"""
_OWN_FOLDER = """(
    %(c_folder_id)s::uuid IS NULL OR EXISTS (
        SELECT FROM chat_folder WHERE id = %(c_folder_id)s::uuid AND owner_id = %(owner)s::uuid
    )
)"""
# The facts are read only where they are used.
_FACTS = """(
    SELECT array_agg(text ORDER BY id) FROM chat_userfact
    WHERE owner_id = %(owner)s::uuid AND own.learns
)"""
LOCK = """
    SELECT id FROM chat_conversation
    WHERE id = %(q_conversation_id)s::uuid AND owner_id = %(owner)s::uuid AND deleted IS NULL
    FOR UPDATE
"""
# The end of the active branch, and what its answer was limited to.
_PLACE = """
    SELECT c.*, tip.id AS tip, tip.documents
    FROM chat_conversation c LEFT JOIN LATERAL (
        SELECT m.id, CASE WHEN t.collections = '[]' THEN '[]' ELSE t.documents END AS documents
        FROM chat_message m LEFT JOIN chat_turn t ON t.message_id = m.id
        WHERE m.conversation_id = c.id AND m.id = coalesce(c.leaf, (
            SELECT id FROM (
                SELECT id FROM chat_message WHERE conversation_id = c.id OFFSET 0
            ) AS all_of_it ORDER BY id DESC LIMIT 1
        ))
    ) tip ON true
    WHERE c.id = %(q_conversation_id)s::uuid AND c.owner_id = %(owner)s::uuid
        AND c.deleted IS NULL
"""
_BUSY = """EXISTS (
    SELECT FROM chat_turn t JOIN chat_message m ON m.id = t.message_id
    WHERE m.conversation_id = place.id AND t.state IN ('queued', 'running')
)"""
_SHOW = """
    UPDATE chat_conversation c
    SET leaf = %(a_id)s::uuid, updated = statement_timestamp(),
        title = CASE WHEN c.title = '' THEN %(title)s::text ELSE c.title END
    FROM open WHERE c.id = open.id
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """The queries of a kind of beginning, and how they insert the rows, in their order."""

    queries: tuple[Query, ...]
    inserts: tuple[Insert, ...]


@cache
def new_conversation() -> Kind:
    """Return the one that also makes a conversation.

    It gives one row: whether it wrote anything, when the turn was created, the instructions of
    the folder, facts, and the user's own `Instructions`.
    """
    inserts = (Insert(Conversation, CONVERSATION), *_inserts({}, {}))
    text = f"""
        WITH gate AS MATERIALIZED (SELECT {_COMMON} AND {_OWN_FOLDER} AS is_open),
        open AS MATERIALIZED (SELECT FROM gate WHERE is_open),
        conversation AS ({inserts[0].into} SELECT {inserts[0].row} FROM open),
        {_write_rows(inserts[1:])}
        SELECT gate.is_open, turn.created, {WRITTEN},
            (SELECT instructions FROM chat_folder WHERE id = %(c_folder_id)s::uuid),
            {_FACTS}, {list_columns(Instructions, "own")}
        FROM gate LEFT JOIN turn ON true
            LEFT JOIN chat_instructions own ON own.owner_id = %(owner)s::uuid
    """  # noqa: S608 - put together from constants
    return Kind((Query(text),), inserts)


@cache
def follow_up(branch_limit: int) -> Kind:
    """Return those that ask in a conversation that there is, at the end of its active branch.

    The second gives no row where there is no such conversation, or one: whether the question is
    a common one, whether the chat is still answering, then as `new_conversation`, the turn's
    documents, and the `Conversation` as it was. The third gives the branch before the question,
    at most `branch_limit` messages, the oldest first: whether it has pictures, its `Summary`,
    and an `EarlierMessage`.
    """
    # A question that names collections does not stay with the choice of no documents.
    documents = """CASE WHEN NOT %(keeps_documents)s::bool THEN %(t_documents)s::jsonb
        WHEN open.documents <> '[]' OR %(t_collections)s::jsonb IS NULL THEN open.documents END"""
    inserts = _inserts({"parent_id": "open.tip"}, {"documents": documents})
    ask = f"""
        WITH place AS MATERIALIZED ({_PLACE}),
        gate AS MATERIALIZED (SELECT place.*, {_COMMON} AS is_open, {_BUSY} AS is_busy FROM place),
        open AS MATERIALIZED (SELECT * FROM gate WHERE is_open AND NOT is_busy),
        shown AS ({_SHOW}),
        {_write_rows(inserts)}
        SELECT gate.is_open, gate.is_busy, turn.created, {WRITTEN}, turn.documents,
            (SELECT instructions FROM chat_folder WHERE id = gate.folder_id),
            {_FACTS}, {list_columns(Instructions, "own")}, {list_columns(Conversation, "gate")}
        FROM gate LEFT JOIN turn ON true
            LEFT JOIN chat_instructions own ON own.owner_id = %(owner)s::uuid
    """  # noqa: S608 - put together from constants
    queries = Query(LOCK), Query(ask), Query(_read_branch(branch_limit))
    return Kind(queries, inserts)


def _inserts(question: dict[str, str], turn: dict[str, str]) -> tuple[Insert, ...]:
    return (
        Insert(Message, QUESTION, question),
        Insert(Message, ANSWER),
        Insert(Turn, TURN, turn),
        Insert(Attempt, ATTEMPT),
        Insert(LedgerEntry, ENTRY),
    )


def _write_rows(inserts: tuple[Insert, ...]) -> str:
    question, answer, turn, attempt, entry = inserts
    return f"""
        messages AS (
            {question.into} SELECT {question.row} FROM open
            UNION ALL SELECT {answer.row} FROM open
        ),
        words AS ({WORDS_ROW} FROM open),
        turn AS ({turn.into} SELECT {turn.row} FROM open RETURNING created, documents),
        attempt AS ({attempt.into} SELECT {attempt.row} FROM open),
        entry AS ({entry.into} SELECT {entry.row} FROM open)
    """  # noqa: S608 - put together from constants


def _read_branch(limit: int) -> str:
    return f"""
        WITH RECURSIVE branch AS (
            SELECT parent_id AS id, 1 AS depth FROM chat_message WHERE id = %(q_id)s::uuid
            UNION ALL
            SELECT m.parent_id, b.depth + 1
            FROM chat_message m JOIN branch b ON m.id = b.id WHERE b.depth < {limit}
        )
        SELECT EXISTS (SELECT FROM chat_attachment_messages WHERE message_id = m.id),
            s.id, s.text, m.id, m.role, m.content, m.origin
        FROM branch b JOIN chat_message m ON m.id = b.id
            LEFT JOIN chat_summary s ON s.upto_id = m.id
        ORDER BY b.depth DESC
    """  # noqa: S608 - put together from constants
