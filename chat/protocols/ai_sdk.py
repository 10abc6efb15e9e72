"""The AI SDK's chat protocol, so that front ends with `useChat` work unchanged.

A request brings the whole chat as the browser has it; what counts here is the chat's name and
the last message, the rest is ours already. The answer is the SDK's UI message stream, version 1,
and for the SDK's versions 3 and 4, whose messages have a `content`, the data stream that these
read (`chat.protocols.data_stream`). Fields that we do not know are the front end's own.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, suppress
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from ninja import Router
from pydantic import Field, StringConstraints

from accounts.credentials.authentication import ApiAuth, caller
from accounts.models import User
from aiapp.api.notes import EVENTS, Note
from aiapp.api.schemas import Lenient
from aiapp.db import in_db, release_request_connection
from aiapp.errors import InvalidInput
from aiapp.http import sse
from chat import asking
from chat.api.schemas import ModelName
from chat.attachments.uploads import store_data_url
from chat.conversations import conversations
from chat.conversations.scope import MAX_SCOPED
from chat.conversations.tree import UNFINISHED
from chat.log.events import Entry, Kind
from chat.models import Conversation, Message, Origin, Turn
from chat.protocols import data_stream
from chat.reading.reader import read
from chat.turns import beginning
from chat.turns.beginning import AcceptedTurn, Choices, HistoryMessage, Question

router = Router(auth=ApiAuth("chat"), tags=["ai-sdk"])

HEADERS = sse.HEADERS | {"x-vercel-ai-ui-message-stream": "v1"}
# Others are the front end's own, such as version 4's `data`.
ROLES = frozenset({"system", "user", "assistant"})
# The whole of a long chat comes with each of its questions.
MAX_MESSAGES = 10_000
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]


class UIMessage(Lenient):
    """A message as the SDK keeps it. Parts that are not text are the front end's own."""

    id: Annotated[str, StringConstraints(max_length=200)] | None = None
    role: Annotated[str, StringConstraints(max_length=20), Field(examples=["user"])]
    # Of versions 3 and 4 a text, with or without parts; later ones have parts alone.
    content: str | list[dict[str, Any]] | None = None
    parts: list[dict[str, Any]] | None = None
    experimental_attachments: list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, str) and not self._texts:
            return self.content
        return "\n".join(self._texts)

    @property
    def pictures(self) -> list[str]:
        """Return the data URLs of its files, which must be pictures."""
        files = [part for part in self._parts if part.get("type") in {"file", "image"}]
        return [_find_data_url(each) for each in (*files, *(self.experimental_attachments or ()))]

    @property
    def _parts(self) -> list[dict[str, Any]]:
        return self.parts or (self.content if isinstance(self.content, list) else [])

    @property
    def _texts(self) -> list[str]:
        texts = [part.get("text") for part in self._parts if part.get("type") == "text"]
        return [text for text in texts if isinstance(text, str)]


class AiSdkChatIn(Lenient):
    # Versions before 4.1 send none: such a chat is the front end's alone.
    id: Name | None = None
    messages: list[UIMessage] = Field(min_length=1, max_length=MAX_MESSAGES)
    trigger: Annotated[str, StringConstraints(max_length=100)] | None = None
    # Which answer is to be made again; a name of ours, since the stream gave it.
    message_id: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        None, alias="messageId"
    )
    model: ModelName | None = None
    collections: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    cache: bool = True

    @property
    def reads_data_stream(self) -> bool:
        """Tell versions 3 and 4, which know no trigger, by what their messages have."""
        return self.trigger is None and any(m.content is not None for m in self.messages)

    @property
    def is_regenerated(self) -> bool:
        """Tell that the last answer is to be made again, as later versions say it."""
        return (self.trigger or "").startswith("regenerate")


@router.post("/ai-sdk/chat", operation_id="chat_ai_sdk_ai_sdk_chat")
@Note(
    request={
        "id": "chat-1",
        "messages": [{"id": "m1", "role": "user", "parts": [{"type": "text", "text": "Hello"}]}],
    },
    content=EVENTS,
    errors=(404, 409, 502),
)
async def ai_sdk_chat(request: HttpRequest, body: AiSdkChatIn) -> HttpResponseBase:
    """Ask the last message, and stream the answer as UI message chunks."""
    user = caller(request)
    turn = (await _accept(user, body)).turn
    if body.reads_data_stream:
        await release_request_connection()
        return StreamingHttpResponse(data_stream.chunks(turn), headers=data_stream.HEADERS)
    return await _stream_turn(turn)


@router.get("/ai-sdk/chat/{str:chat_id}/stream", operation_id="chat_ai_sdk_ai_sdk_resume")
@Note(content=EVENTS, empty="No answer is being made.")
async def ai_sdk_resume(request: HttpRequest, chat_id: str) -> HttpResponseBase:
    """The answer that is being made in a chat, from its beginning; 204 if there is none."""
    user = caller(request)
    turn = await in_db(_find_unfinished, user, chat_id.replace("\x00", ""))
    return HttpResponse(status=204) if turn is None else await _stream_turn(turn)


async def _accept(user: User, body: AiSdkChatIn) -> AcceptedTurn:
    messages = [message for message in body.messages if message.role in ROLES]
    if body.id and body.is_regenerated:
        last = messages[-1] if messages and messages[-1].role == "user" else None
        answer = await in_db(_find_answer_to_repeat, user, body.id, last, body.message_id or "")
        if answer is not None:
            return await asking.ask_again(user, answer, request_id="", model=body.model or "")
        # The question was refused, or never arrived: it is asked now.
    if not messages or messages[-1].role != "user":
        raise InvalidInput("The last message must be from the user.", code="nothing_asked")
    *before, last = messages
    if not body.id:
        return await _ask_alone(user, body, before, last)
    conversation = await in_db(_get_or_create_conversation, user, body.id, before, last.text)
    # The SDK sends a message again, under the same id, when it is not sure that it arrived.
    name = _build_request_name(conversation.id, last)
    # Versions 3 and 4 ask for another answer by sending the question once more.
    if body.reads_data_stream and (earlier := await in_db(_find_finished_answer, user, name)):
        return await asking.ask_again(user, earlier, request_id="", model=body.model or "")
    return await asking.ask(
        user,
        last.text,
        attachments=[(await store_data_url(user, url)).id for url in last.pictures],
        conversation_id=conversation.id,
        request_id=name,
        choices=await _resolve_choices(body),
    )


async def _ask_alone(
    user: User, body: AiSdkChatIn, before: Sequence[UIMessage], last: UIMessage
) -> AcceptedTurn:
    """Ask in a chat that has no name here, with the history that the front end brings."""
    history = [HistoryMessage(message.role, message.text) for message in before]
    pictures = [(await store_data_url(user, url)).id for url in last.pictures]
    question = Question(last.text, "", history=history, temporary=True, attachments=pictures)
    return await asking.ask_once(user, question, await _resolve_choices(body))


async def _resolve_choices(body: AiSdkChatIn) -> Choices:
    return await asking.choices(
        body.model or "", collections=body.collections, fresh=not body.cache
    )


def _find_data_url(file: dict[str, Any]) -> str:
    """Return where a file of a message is, as one of the forms of the SDK's versions says it."""
    place = file.get("url") or file.get("image") or ""
    if not place and isinstance(file.get("data"), str):
        kind = file.get("mimeType") or file.get("mediaType") or ""
        return f"data:{kind};base64,{file['data']}"
    return str(place)


def _get_or_create_conversation(
    user: User, client_id: str, before: list[UIMessage], question: str
) -> Conversation:
    """The chat of this name; a new one begins with the messages that the front end has."""
    with transaction.atomic():
        # One that was deleted no longer has a name; who uses the name again begins anew.
        namesakes = Conversation.objects.filter(owner=user, client_id=client_id)
        namesakes.exclude(deleted=None).update(client_id=None)
        conversation, is_new = Conversation.objects.get_or_create(
            owner=user,
            client_id=client_id,
            defaults={"title": conversations.clean_title(question)},
        )
        if is_new:
            history: list[Message] = []
            for message in before:
                history.append(
                    Message(
                        conversation=conversation,
                        parent=history[-1] if history else None,
                        role=message.role,
                        content=message.text.replace("\x00", ""),
                        origin=Origin.PROGRAM,
                    )
                )
            Message.objects.bulk_create(history, batch_size=500)
    return conversation


def _build_request_name(conversation_id: UUID, message: UIMessage) -> str:
    """Return the name of the request that a message of a front end is; "" if it has none."""
    return sha256(f"{conversation_id} {message.id}".encode()).hexdigest() if message.id else ""


def _find_answer_to_repeat(
    user: User, client_id: str, question: UIMessage | None, message_id: str = ""
) -> UUID | None:
    """Return the answer that is named, or one to what was asked; None if that has none here.

    A front end asks for another answer also when it got none, to try again.
    """
    answers = Message.objects.filter(
        conversation__owner=user,
        conversation__client_id=client_id,
        conversation__deleted=None,
        role=Message.Role.ASSISTANT,
        turn__isnull=False,
    ).order_by("-id")
    with suppress(ValueError):
        if named := answers.filter(id=UUID(message_id)).first():
            return named.id
    newest = answers.select_related("parent").first()
    if newest is None or question is None:
        return newest.id if newest else None
    name = _build_request_name(newest.conversation_id, question)
    if name and (earlier := answers.filter(turn__request_id=name).first()):
        return earlier.id
    is_same = newest.parent is not None and newest.parent.content == beginning.clean_content(
        question.text
    )
    return newest.id if is_same else None


def _find_finished_answer(user: User, request_id: str) -> UUID | None:
    """Return the answer that a request of this name got, if it has been given to the end."""
    turns = Turn.objects.filter(owner=user, request_id=request_id, state__in=Turn.FINAL)
    answer: UUID | None = turns.values_list("message_id", flat=True).first() if request_id else None
    return answer


def _find_unfinished(user: User, client_id: str) -> Turn | None:
    running = Turn.objects.filter(
        owner=user,
        message__conversation__client_id=client_id,
        message__conversation__deleted=None,
        state__in=UNFINISHED,
    )
    return running.select_related("message").order_by("-id").first()


async def _stream_turn(turn: Turn) -> StreamingHttpResponse:
    await release_request_connection()
    return StreamingHttpResponse(_stream_chunks(turn), headers=HEADERS)


async def _stream_chunks(turn: Turn) -> AsyncGenerator[bytes, None]:
    parts = Parts(turn)
    async with aclosing(read(turn)) as batches:
        async for batch in batches:
            chunks = (orjson.dumps(chunk) for entry in batch for chunk in parts.convert(entry))
            yield b"".join(map(sse.encode, chunks)) or sse.HEARTBEAT
            if parts.is_closed:
                yield sse.END
                return


class Parts:
    """The SDK's chunks for a turn's events; text and reasoning are parts that open."""

    def __init__(self, turn: Turn) -> None:
        self.is_closed = False
        self._turn = turn
        self._open = ""
        self._count = 0

    def convert(self, entry: Entry) -> Iterator[dict[str, Any]]:
        """Yield the chunks of an entry; none after an end."""
        if not self.is_closed:
            yield from self._convert(entry)

    def _convert(self, entry: Entry) -> Iterator[dict[str, Any]]:
        match entry.kind:
            case Kind.STARTED:
                yield {"type": "start", "messageId": str(self._turn.message_id)}
                yield {"type": "start-step"}
            case Kind.DELTA:
                yield from self._say("text", entry.data["text"])
            case Kind.REASONING:
                yield from self._say("reasoning", entry.data["text"])
            case Kind.STATUS:
                yield {"type": "data-status", "data": entry.data, "transient": True}
            case Kind.CITATION:
                yield from self._cite(entry.data)
            case Kind.RESTARTED if not entry.data.get("thoughts"):
                yield from self._interrupt()
            case Kind.ERROR | Kind.DONE:
                yield from self._end_part()
                yield from self._end(entry)

    def _end(self, entry: Entry) -> Iterator[dict[str, Any]]:
        if entry.kind == Kind.ERROR:
            yield {"type": "error", "errorText": entry.data["message"]}
            return
        yield {"type": "finish-step"}
        metadata = {name: entry.data.get(name) for name in ("usage", "cached")}
        yield {"type": "finish", "messageMetadata": metadata}
        self.is_closed = True

    def _interrupt(self) -> Iterator[dict[str, Any]]:
        """Abort: what was sent cannot be taken back; who resumes gets the answer from its start."""
        if self._count:
            yield {"type": "error", "errorText": "The answer was interrupted."}
            self.is_closed = True

    def _say(self, kind: str, text: str) -> Iterator[dict[str, Any]]:
        if self._open != kind:
            yield from self._end_part()
            self._open, self._count = kind, self._count + 1
            yield {"type": f"{kind}-start", "id": str(self._count)}
        yield {"type": f"{kind}-delta", "id": str(self._count), "delta": text}

    def _end_part(self) -> Iterator[dict[str, Any]]:
        if self._open:
            yield {"type": f"{self._open}-end", "id": str(self._count)}
            self._open = ""

    def _cite(self, citation: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from self._end_part()
        number = str(citation["n"])
        source = {"mediaType": "text/plain", "title": citation["title"]}
        yield {"type": "source-document", "sourceId": number, **source}
        yield {"type": "data-citation", "id": number, "data": citation}
