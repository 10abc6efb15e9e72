"""The sound of an answer, for the page."""

import asyncio
from typing import cast
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET

from accounts.credentials.authentication import alogin_required
from accounts.limits import rate_limit
from accounts.models import User
from aiapp.db import in_db, release_request_connection
from aiapp.errors import NotFound
from aiapp.llm import speech
from chat.conversations import access
from chat.models import Message
from chat.reading import read_aloud


@alogin_required
@require_GET
async def speak(request: HttpRequest, message_id: UUID) -> StreamingHttpResponse:
    user = cast(User, await request.auser())
    message = await in_db(access.get_message, user, message_id)
    await rate_limit.aenforce(user, "transcribe")
    return await sound(message)


async def sound(message: Message) -> StreamingHttpResponse:
    """Raises NotFound where nothing speaks or nothing is said, and a ModelError."""
    if not speech.is_configured():
        raise NotFound("There is no audio for this message.")
    await release_request_connection()
    words = await asyncio.to_thread(read_aloud.words_of, message.content)
    if not words:
        raise NotFound("There is no audio for this message.")
    stream = await read_aloud.open_sound(words)
    return StreamingHttpResponse(stream, content_type=speech.MEDIA_TYPE)
