"""Answers in one request, and the models that make them."""

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router, Schema
from pydantic import Field, model_validator

from accounts.credentials.authentication import ApiAuth, caller
from accounts.limits import ledger
from accounts.models import User
from aiapp.api.notes import EVENTS, Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db
from aiapp.errors import AppError
from aiapp.llm import registry
from chat import asking
from chat.api import examples
from chat.api.parts import RequestId, stream
from chat.api.schemas import ModelName, ToolName
from chat.attachments.uploads import store_data_url
from chat.conversations.scope import MAX_SCOPED
from chat.endpoints import access
from chat.models import Turn
from chat.turns.accepting.places import Follows, HistoryMessage, Leaf, NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import Question
from chat.turns.results import Result
from documents.api.examples import COLLECTION_ID
from documents.metadata.schema import FilterIn

router = Router(auth=ApiAuth("chat"), tags=["chat"])


class TextPart(Strict):
    type: Literal["text"]
    text: str


class PictureUrl(Strict):
    # A data URL; addresses are refused.
    url: str
    detail: Literal["auto", "low", "high"] = "auto"


class PicturePart(Strict):
    type: Literal["image_url"]
    image_url: PictureUrl


class ChatMessageIn(Strict):
    role: Literal["user", "assistant", "system"]
    content: str | list[TextPart | PicturePart]

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content if isinstance(part, TextPart))

    @property
    def pictures(self) -> list[str]:
        """Their data URLs."""
        if isinstance(self.content, str):
            return []
        return [part.image_url.url for part in self.content if isinstance(part, PicturePart)]


class ChatRequest(Strict):
    messages: list[ChatMessageIn] = Field(min_length=1, max_length=1000)
    model: ModelName = ""
    temperature: float = Field(0.7, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1, le=1_000_000)
    conversation_id: UUID | None = None
    collections: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    documents: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    # Which documents by their metadata, as in `POST /api/documents/search`; for this question.
    filter: FilterIn | None = None
    # The names of the tools that the model may call; left out, all that only read. [] means none.
    tools: list[ToolName] | None = Field(None, max_length=50)
    # How long the model is to think, where it can be told; left out, the model decides.
    effort: Literal["low", "medium", "high"] | None = None
    # False has the answer made anew; it is then the one that is kept.
    cache: bool = True

    @property
    def keeps_documents(self) -> bool:
        """As in a conversation's own messages."""
        return "documents" not in self.model_fields_set

    @model_validator(mode="after")
    def last_is_from_the_user(self) -> "ChatRequest":
        if self.messages[-1].role != "user":
            raise ValueError("the last message must be from the user")
        return self


class ChatResponse(Schema):
    """`columns` of a citation are of the rows that its `quote` begins with: the line that names
    their columns, which stands further above in the document. Empty for all other citations.
    """

    content: str
    usage: dict[str, int]
    model: str
    finish_reason: str
    citations: list[dict[str, Any]]
    grounded: bool | None
    conversation_id: UUID | None
    cached: bool


class ModelOut(Schema):
    id: str
    # The name that people are shown.
    label: str
    default: bool
    demo: bool
    context: int
    vision: bool
    tools: bool
    # Whether it can be told how long to think (`effort`).
    thinking: bool
    audio: bool
    price: dict[str, float] | None = None


class AnswerFailed(AppError):
    """A turn that ended in an error, told to a client that waited for its answer."""

    code = "answer_failed"
    status = 502

    def __init__(self, result: Result) -> None:
        error = result.error or {"code": self.code, "message": "", "retryable": True}
        super().__init__(
            error["message"],
            code=error["code"],
            retry_after=error.get("retry_after"),
            retryable=error["retryable"],
        )


@router.get("/models", response=list[ModelOut])
async def list_models(request: HttpRequest) -> list[dict[str, Any]]:
    """The models that a request may name, the default first."""
    names = await access.list_names(caller(request))
    prices = await in_db(ledger.price_list)
    infos = [registry.info(name) for name in names]
    return [
        {"id": info.name, "label": registry.get_title(info.name)}
        | {"default": info.name == names[0], "demo": info.demo}
        | {"vision": info.vision, "tools": info.tools, "audio": info.audio}
        | {"thinking": info.thinking}
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
        filter=body.filter,
        keeps_documents=body.keeps_documents,
        fresh=not body.cache,
        tools=body.tools,
        effort=body.effort or "",
    )
    *before, last = body.messages
    attachments = [
        [(await store_data_url(user, url)).id for url in message.pictures]
        for message in body.messages
    ]
    follows: Follows
    if body.conversation_id:
        follows = Leaf(body.conversation_id)
    else:
        history = [
            HistoryMessage(message.role, message.text, pictures)
            for message, pictures in zip(before, attachments, strict=False)
        ]
        follows = NewConversation(temporary=True, history=history)
    question = Question(last.text, key, attachments=attachments[-1])
    return await asking.ask(user, question, choices, follows=follows)
