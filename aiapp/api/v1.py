"""OpenAI's protocol below /v1/, with its errors in OpenAI's shape."""

from typing import Any

from aiapp.api.description import DescribedAPI
from aiapp.api.errors import add_error_handlers
from aiapp.errors import AppError
from aiapp.http.error_shapes import OPENAI_ERROR, openai_body, openai_status

v1 = DescribedAPI(
    root="/v1/",
    error=OPENAI_ERROR,
    title="aiapp, in OpenAI's protocol",
    version="v1",
    urls_namespace="v1",
    docs_url=None,
)
v1.add_router("", "chat.openai_api.operations.router")
v1.add_router("", "chat.openai_api.embeddings.router")
v1.add_router("", "chat.openai_api.transcriptions.router")


def _shape(error: AppError) -> tuple[int, dict[str, Any]]:
    return openai_status(error), openai_body(error)


add_error_handlers(v1, _shape)
