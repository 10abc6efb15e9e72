"""Search of one's own chats: by their titles, and by the words of their messages.

A message is found if it holds all words of the query, in any form that English knows; the last
word may be unfinished. Korean, Japanese and Chinese go by pairs of characters
(`documents.text.words`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from chat.conversations.access import conversations
from chat.conversations.listing import is_after, place
from chat.models import Conversation, Message
from documents.text.lexemes import stems
from documents.text.similarity import looks_like
from documents.text.words import has_cjk, plain, quote_lexeme, remove_signs, words

QUERY_CHARS = 200
PAGE_SIZE = 20
MAX_WORDS = 20
# Characters before and after the word that was found.
BEFORE, AFTER = 60, 140

_HOLDING = "SELECT conversation_id FROM chat_messagewords WHERE words @@ %s::tsquery"
# Of each conversation the newest message that was found.
_NEWEST = """
SELECT DISTINCT ON (m.conversation_id) m.*
FROM chat_messagewords w JOIN chat_message m ON m.id = w.message_id
WHERE w.words @@ %s::tsquery AND w.conversation_id = ANY(%s)
ORDER BY m.conversation_id, m.id DESC
"""


@dataclass(frozen=True, slots=True)
class Hit:
    chat: Conversation
    # The message that holds the words; None if only the title does.
    message: Message | None = None
    # The text around the words; every second piece is one of them.
    snippet: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Results:
    hits: Sequence[Hit] = field(default_factory=list)
    # Where the next page begins; empty on the last one.
    after: str = ""


def filter_matching(user: User, text: str) -> QuerySet[Conversation]:
    """The user's conversations that hold all words of a text, archived ones too, newest first."""
    return _filter_matching(user, text, _query(user, text))


def find(user: User, text: str, *, archived: bool = False, after: str = "") -> Results:
    """A page of what was found; without words, of all chats that are archived or are not."""
    text = text[:QUERY_CHARS].replace("\x00", "").strip()
    query = _query(user, text) if text else ""
    listed = _filter_matching(user, text, query) if text else conversations(user)
    if archived or not text:
        listed = listed.filter(archived=archived)
    if after:
        listed = listed.filter(is_after(after))
    chats = list(listed[: PAGE_SIZE + 1])
    more, chats = len(chats) > PAGE_SIZE, chats[:PAGE_SIZE]
    return Results(_attach_messages(chats, text, query), after=place(chats[-1]) if more else "")


def attach_messages(user: User, text: str, chats: Iterable[Conversation]) -> list[Hit]:
    """The chats, each with its newest message that holds the words of the text, if one does."""
    return _attach_messages(list(chats), text, _query(user, text))


def _filter_matching(user: User, text: str, query: str) -> QuerySet[Conversation]:
    titled = Q()
    for word in text.split()[:MAX_WORDS]:
        titled &= Q(looks_like("title", word))
    holding = Q(id__in=RawSQL(_HOLDING, [query])) if query else Q()  # noqa: S611 - a constant
    return conversations(user).filter(titled | holding if query else titled)


def _query(user: User, text: str) -> str:
    """A `tsquery` for the words of a text in this user's messages; "" if it has no words."""
    pieces = list(islice(_pieces(text[:QUERY_CHARS]), MAX_WORDS))
    lexemes = stems({word for piece in pieces for word in piece})
    terms = [f"'owner:{user.pk}'"]
    for n, piece in enumerate(pieces, 1):
        *before, last = piece
        forms = [_join_lexemes(lexemes, piece)]
        if before and "".join(before) == last:
            # The parts that hyphens join, or all in one.
            forms.append(_join_lexemes(lexemes, [last]))
        if n == len(pieces) or len(last) == 1:
            unfinished = f"{quote_lexeme(last)}:*"
            started = _join_lexemes(lexemes, before)
            forms.append(f"{started} & {unfinished}" if started else unfinished)
        if any(forms):
            terms.append(f"({' | '.join(form for form in forms if form)})")
    return " & ".join(terms) if len(terms) > 1 else ""


def _pieces(text: str) -> Iterator[list[str]]:
    """Yield the words of what stands between two spaces; pairs of CJK characters one by one."""
    for typed in plain(text).split():
        cut = words(typed)
        if has_cjk(typed):
            yield from ([word] for word in cut)
        elif cut:
            yield cut


def _join_lexemes(lexemes: dict[str, list[str]], piece: Sequence[str]) -> str:
    found = (quote_lexeme(lexeme) for word in piece for lexeme in lexemes[word])
    return " & ".join(dict.fromkeys(found))


def _attach_messages(chats: list[Conversation], text: str, query: str) -> list[Hit]:
    if not query or not chats:
        return [Hit(chat) for chat in chats]
    rows = Message.objects.raw(_NEWEST, [query, [chat.id for chat in chats]])
    newest: dict[UUID, Message] = {row.conversation_id: row for row in rows}
    pattern = _pattern(text)
    return [
        Hit(chat, message, snippet(plain(message.content), pattern))
        if (message := newest.get(chat.id))
        else Hit(chat)
        for chat in chats
    ]


def _pattern(text: str) -> re.Pattern[str]:
    """The words of a query as they stand in a text, where endings differ."""
    typed = [word for word in remove_signs(plain(text)).split() if len(word) > 1 or has_cjk(word)]
    forms = [
        re.escape(word) if has_cjk(word) else rf"\b{re.escape(_stem(word))}\w*" for word in typed
    ]
    pairs = [re.escape(pair) for pair in words(text) if has_cjk(pair)]
    return re.compile("|".join([*forms, *pairs]) or r"(?!)", re.IGNORECASE)


def _stem(word: str) -> str:
    """Short of the endings that the index takes off as well."""
    return re.sub(r"(?i)(?<=\w{3})(?:ing|ies|ied|es|ed|s|y|e)$", "", word)


def snippet(content: str, pattern: re.Pattern[str]) -> list[str]:
    """The text around the first match, in pieces; every second piece matches."""
    found = pattern.search(content)
    middle = found.start() if found else 0
    start, end = max(0, middle - BEFORE), min(len(content), middle + AFTER)
    if start:
        start = content.find(" ", start, middle) + 1 or start
    if end < len(content):
        end = content.rfind(" ", middle, end) if content.rfind(" ", middle, end) > middle else end
    text = " ".join(content[start:end].split())
    pieces: list[str] = []
    last = 0
    for match in pattern.finditer(text):
        pieces += [text[last : match.start()], match[0]]
        last = match.end()
    pieces.append(text[last:] + ("…" if end < len(content) else ""))
    pieces[0] = ("…" if start else "") + pieces[0]
    return pieces
