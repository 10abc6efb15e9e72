"""The AI SDK's chat protocol, so that front ends with `useChat` work unchanged.

A request brings the whole chat as the browser has it (`ui_messages`); what counts here is the
chat's name and the last message, the rest is ours already. The answer is the SDK's UI message
stream (`ui_stream`), and for the SDK's versions 3 and 4, whose messages have a `content`, the data
stream that these read (`data_stream`). Fields that we do not know are the front end's own.
"""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from ninja import Router

from accounts.credentials.authentication import ApiAuth, caller
from accounts.models import User
from aiapp.api.notes import EVENTS, Note
from aiapp.db import in_db, release_request_connection
from aiapp.errors import InvalidInput
from chat import asking
from chat.attachments.uploads import store_data_url
from chat.conversations import conversations
from chat.conversations.tree import UNFINISHED
from chat.models import Conversation, Message, Origin, Turn
from chat.protocols import data_stream, ui_stream
from chat.protocols.ui_messages import AiSdkChatIn, UIMessage
from chat.turns.accepting.places import AnotherAnswer, HistoryMessage, Leaf, NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import AsBefore, Choices, Question, clean_content

router = Router(auth=ApiAuth("chat"), tags=["ai-sdk"])

# Others are the front end's own, such as version 4's `data`.
ROLES = frozenset({"system", "user", "assistant"})


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
            return await _ask_again(user, body, answer)
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
        return await _ask_again(user, body, earlier)
    pictures = [(await store_data_url(user, url)).id for url in last.pictures]
    question, choices = Question(last.text, name, pictures), await _resolve_choices(body)
    return await asking.ask(user, question, choices, follows=Leaf(conversation.id))


async def _ask_again(user: User, body: AiSdkChatIn, answer: UUID) -> AcceptedTurn:
    choices = AsBefore({"model": body.model})
    return await asking.ask(user, Question(""), choices, follows=AnotherAnswer(answer))


async def _ask_alone(
    user: User, body: AiSdkChatIn, before: Sequence[UIMessage], last: UIMessage
) -> AcceptedTurn:
    """Ask in a chat that has no name here, with the history that the front end brings."""
    history = [HistoryMessage(message.role, message.text) for message in before]
    pictures = [(await store_data_url(user, url)).id for url in last.pictures]
    question, choices = Question(last.text, attachments=pictures), await _resolve_choices(body)
    follows = NewConversation(temporary=True, history=history)
    return await asking.ask(user, question, choices, follows=follows)


async def _resolve_choices(body: AiSdkChatIn) -> Choices:
    return await asking.choices(
        body.model or "",
        collections=body.collections,
        filter=body.filter,
        fresh=not body.cache,
    )


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
    is_same = newest.parent is not None and newest.parent.content == clean_content(question.text)
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
    return StreamingHttpResponse(ui_stream.chunks(turn), headers=ui_stream.HEADERS)
