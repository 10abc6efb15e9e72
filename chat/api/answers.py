"""Answers in one request, and the models that make them."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from accounts.credentials.authentication import ApiAuth, caller
from accounts.limits import ledger
from accounts.models import User
from aiapp.api.notes import EVENTS, Note
from aiapp.db import in_db
from aiapp.errors import AppError
from aiapp.llm import registry
from chat import asking
from chat.api import examples
from chat.api.parts import RequestId, stream
from chat.api.schemas import ChatRequest, ChatResponse, ModelOut
from chat.attachments.uploads import store_data_url
from chat.models import Turn
from chat.turns.beginning import AcceptedTurn, HistoryMessage, Question
from chat.turns.results import Result
from documents.api.examples import COLLECTION_ID

router = Router(auth=ApiAuth("chat"), tags=["chat"])


class AnswerFailed(AppError):
    """A turn that ended in an error, told to a client that waited for its answer."""

    code = "answer_failed"
    status = 502

    def __init__(self, result: Result) -> None:
        error = result.error or {"code": self.code, "message": "", "retryable": True}
        super().__init__(error["message"], code=error["code"], retryable=error["retryable"])


@router.get("/models", response=list[ModelOut])
async def list_models(request: HttpRequest) -> list[dict[str, Any]]:
    """The models that a request may name, the default first."""
    names = await registry.names()
    prices = await in_db(ledger.price_list)
    infos = [registry.info(name) for name in names]
    return [
        {"id": info.name, "default": info.name == names[0], "demo": info.demo}
        | {"vision": info.vision, "tools": info.tools, "audio": info.audio}
        | {"context": info.context, "price": prices.get(info.name)}
        for info in infos
    ]


@router.post("/chat", response=ChatResponse)
@Note(
    request=examples.CHAT_REQUEST,
    response=examples.CHAT_RESPONSE,
    errors=(404, 409, 502),
)
async def chat(request: HttpRequest, body: ChatRequest, key: RequestId) -> dict[str, Any]:
    """Answer in one piece."""
    accepted = await _accept(caller(request), body, key)
    result = await asking.outcome(accepted.turn)
    if result.state == Turn.State.FAILED:
        raise AnswerFailed(result)
    return {
        "content": result.content,
        "usage": result.usage,
        "model": result.speaker,
        "finish_reason": result.finish_reason,
        "citations": result.citations,
        "grounded": result.grounded,
        "conversation_id": body.conversation_id,
        "cached": result.cached,
    }


@router.post("/chat/stream")
@Note(
    request=examples.CHAT_REQUEST | {"collections": [COLLECTION_ID]},
    content=EVENTS,
    errors=(404, 409, 502),
)
async def chat_stream(
    request: HttpRequest, body: ChatRequest, key: RequestId
) -> StreamingHttpResponse:
    """Answer as a stream of events."""
    accepted = await _accept(caller(request), body, key)
    return await stream(accepted.turn, "")


async def _accept(user: User, body: ChatRequest, key: str) -> AcceptedTurn:
    choices = await asking.choices(
        body.model,
        temperature=body.temperature,
        max_tokens=body.max_tokens,
        collections=body.collections,
        documents=body.documents,
        keeps_documents=body.keeps_documents,
        fresh=not body.cache,
        tools=body.tools,
    )
    *before, last = body.messages
    attachments = [
        [(await store_data_url(user, url)).id for url in message.pictures]
        for message in body.messages
    ]
    if body.conversation_id:
        return await asking.ask(
            user,
            last.text,
            conversation_id=body.conversation_id,
            request_id=key,
            choices=choices,
            attachments=attachments[-1],
        )
    history = [
        HistoryMessage(message.role, message.text, pictures)
        for message, pictures in zip(before, attachments, strict=False)
    ]
    question = Question(
        last.text, key, history=history, temporary=True, attachments=attachments[-1]
    )
    return await asking.ask_once(user, question, choices)
