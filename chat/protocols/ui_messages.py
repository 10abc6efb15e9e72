"""The body of the AI SDK's requests: a chat's messages, in the forms of all its versions."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from aiapp.api.schemas import Lenient
from chat.api.schemas import ModelName
from chat.conversations.scope import MAX_SCOPED
from documents.metadata.schema import FilterIn

# The whole of a long chat comes with each of its questions.
MAX_MESSAGES = 10_000
# A type may be any JSON, of which not all can be looked up in a set.
FILES = ("file", "image")
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
        files = [part for part in self._parts if part.get("type") in FILES]
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
    filter: FilterIn | None = None
    cache: bool = True

    @model_validator(mode="before")
    @classmethod
    def last_message_may_come_alone(cls, body: Any) -> Any:
        """Take `message`, which a front end sends that leaves the chat so far to the server."""
        if isinstance(body, dict) and "messages" not in body:
            last = body.get("message")
            return body | {"messages": [last]} if isinstance(last, dict) else body
        return body

    @property
    def reads_data_stream(self) -> bool:
        """Tell versions 3 and 4, which know no trigger, by what their messages have."""
        return self.trigger is None and any(m.content is not None for m in self.messages)

    @property
    def is_regenerated(self) -> bool:
        """Tell that the last answer is to be made again, as later versions say it."""
        return (self.trigger or "").startswith("regenerate")


def _find_data_url(file: dict[str, Any]) -> str:
    """Return where a file of a message is, as one of the forms of the SDK's versions says it."""
    place = file.get("url") or file.get("image") or ""
    if not place and isinstance(file.get("data"), str):
        kind = file.get("mimeType") or file.get("mediaType") or ""
        return f"data:{kind};base64,{file['data']}"
    return str(place)
