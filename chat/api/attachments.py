"""Pictures to ask about, and questions about one in a single request."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from accounts.credentials.authentication import ApiAuth, caller
from accounts.models import User
from aiapp.api.notes import Note
from aiapp.db import in_db, release_request_connection
from aiapp.errors import Conflict, InvalidInput
from aiapp.llm import registry
from aiapp.sql.deletion import delete_rows
from chat import asking
from chat.api import examples
from chat.api.answers import AnswerFailed
from chat.api.parts import RequestId
from chat.api.schemas import AttachmentOut
from chat.attachments import uploads
from chat.conversations import access
from chat.endpoints import access as model_access
from chat.models import Attachment, Turn
from chat.pages.answers.attachments import picture
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Question
from documents.api.parts import refuse_stray_fields

router = Router(auth=ApiAuth("chat"), tags=["pictures"])


class WordsOut(Schema):
    # "" if there are no words in the picture.
    text: str


class AnalyzeForm(Schema):
    question: str = Field(min_length=1)
    # Left out, the default, or the first model that can see.
    model: str = Field("", max_length=200)


class AnalysisOut(Schema):
    content: str
    usage: dict[str, int]
    model: str


@router.post("/attachments", response={201: AttachmentOut})
@Note(response=examples.ATTACHMENT, errors=(413, 415))
async def upload_attachment(request: HttpRequest, file: File[UploadedFile]) -> Status[Attachment]:
    """Take in a picture (PNG, JPEG, GIF, WebP) for a question. It is written anew: upright, at
    most 1568 pixels wide or high, an animation's first frame, without what its file says of
    camera, place or author. What is not sent within a day is deleted.
    """
    refuse_stray_fields(request, {"file"})
    await release_request_connection()
    return Status(201, await uploads.store_upload(caller(request), file))


@router.get("/attachments/{uuid:attachment_id}")
@Note(content={"image/*": {"schema": {"type": "string", "format": "binary"}}})
async def get_attachment(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    """The picture itself, a PNG or JPEG file."""
    return await in_db(lambda: picture(access.get_attachment(caller(request), attachment_id)))


@router.delete("/attachments/{uuid:attachment_id}", response={204: None})
@Note(errors=(409,))
async def delete_attachment(request: HttpRequest, attachment_id: UUID) -> Status[None]:
    """Take back a picture that was not sent."""

    def delete() -> None:
        attachment = access.get_attachment(caller(request), attachment_id)
        same = Attachment.objects.filter(pk=attachment.pk)
        # Looked at once more when it is locked: it may be sent at this moment.
        delete_rows(same.filter(messages=None))
        if same.exists():
            raise Conflict("This picture belongs to a message.", code="attachment_sent")

    await in_db(delete)
    return Status(204, None)


@router.post("/attachments/{uuid:attachment_id}/text", response=WordsOut)
@Note(response={"text": "INVOICE 4711"})
async def read_attachment(request: HttpRequest, attachment_id: UUID) -> dict[str, Any]:
    """Have the words in a picture read. A model that cannot see is then sent those."""
    attachment = await in_db(access.get_attachment, caller(request), attachment_id)
    await release_request_connection()
    return {"text": (await uploads.ensure_text(attachment)).text}


@router.post("/images/analyze", response=AnalysisOut)
@Note(
    response={"content": "An invoice.", "usage": examples.USAGE, "model": "gpt-5.1"},
    errors=(413, 415, 502),
)
async def analyze_image(
    request: HttpRequest, image: File[UploadedFile], form: Form[AnalyzeForm], key: RequestId
) -> dict[str, Any]:
    """Answer a question about a picture, in one piece and outside of any conversation."""
    refuse_stray_fields(request, {"image", "question", "model"})
    await release_request_connection()
    user = caller(request)
    choices = await asking.choices(form.model or await _find_seeing_model(user), collections=[])
    # Before anything is told of it.
    await model_access.ensure_usable(user, choices.model)
    if not registry.info(choices.model).vision:
        raise InvalidInput(f"{choices.model} cannot see pictures.", code="model_cannot_see")
    attachment = await uploads.store_upload(user, image)
    question = Question(form.question, key, attachments=[attachment.id])
    accepted = await asking.ask(user, question, choices, follows=NewConversation(temporary=True))
    result = await asking.outcome(accepted.turn)
    if result.state == Turn.State.FAILED:
        raise AnswerFailed(result)
    return {"content": result.content, "usage": result.usage, "model": result.speaker}


async def _find_seeing_model(user: User) -> str:
    """The first in the order of the list of models. Raises InvalidInput if there is none."""
    for name in await model_access.list_names(user):
        if registry.info(name).vision:
            return name
    raise InvalidInput(
        "No model here can see pictures. The administrator can connect one.",
        code="model_cannot_see",
    )
