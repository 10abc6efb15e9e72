"""The chat part of the HTTP API. Operations fetch, call and answer; rules live elsewhere."""

from ninja import Router

from chat.api import (
    answers,
    attachments,
    batches,
    conversations,
    folders,
    imports,
    memory,
    messages,
    shares,
    tools,
    turns,
)

PARTS = (
    answers,
    attachments,
    batches,
    folders,
    imports,
    conversations,
    messages,
    memory,
    shares,
    tools,
    turns,
)

router = Router()
for part in PARTS:
    router.add_router("", part.router)
