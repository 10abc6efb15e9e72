"""The operations below /v1/."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Header, Router

from accounts.credentials.authentication import ApiAuth, caller
from accounts.models import User
from aiapp.api.notes import EVENTS, JSON, Note
from aiapp.db import in_db, release_request_connection
from aiapp.errors import InvalidInput, NotFound
from aiapp.http import sse
from aiapp.llm import registry
from chat import asking
from chat.endpoints import access
from chat.guardrails import policy
from chat.openai_api import abilities, completions, examples, functions
from chat.openai_api.schemas import CompletionIn
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import Question
from documents.access import readable_collections, searched_collections

router = Router(auth=ApiAuth("chat"), tags=["openai"])

RequestId = Annotated[str, Header(alias="Idempotency-Key", default="")]
OWNER = "aiapp"


@router.get("/models")
@Note(content={JSON: examples.OBJECT})
async def list_models(request: HttpRequest) -> dict[str, Any]:
    """The models that a request may name, the default first."""
    names = await access.list_names(caller(request))
    return {"object": "list", "data": [_describe_model(name) for name in names]}


@router.get("/models/{path:model}")
@Note(content={JSON: examples.OBJECT})
async def get_model(request: HttpRequest, model: str) -> dict[str, Any]:
    """One of the models."""
    with _point_to_list():
        return _describe_model(await access.resolve(caller(request), model))


@router.post("/chat/completions")
@Note(
    request={"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": "Hello"}]},
    content={JSON: examples.OBJECT | {"example": examples.COMPLETION}} | EVENTS,
    errors=(404, 409, 500, 502),
)
async def create_completion(request: HttpRequest, body: CompletionIn, key: RequestId) -> Any:
    """Answer as OpenAI's server would; over documents with `collections` or `model@collection`.

    A model name is plain: without collections nothing of ours is added to the messages.
    """
    accepted = await _accept(caller(request), body, key)
    completion = completions.Completion(accepted.turn, calls_functions=body.calls_functions)
    if not body.stream:
        return await completions.complete(completion, stop_with_reader=not key)
    with_usage = bool(body.stream_options and body.stream_options.include_usage)
    stream = completions.stream(completion, with_usage=with_usage, stop_with_reader=not key)
    await release_request_connection()
    # Waits for the model's first word, so that an error can still be a status.
    await anext(stream)
    return StreamingHttpResponse(stream, headers=sse.HEADERS)


async def _accept(user: User, body: CompletionIn, key: str) -> AcceptedTurn:
    model, collection = await _split_model(user, body.model)
    collections = list(body.collections or ())
    if collection:
        collections.append(await in_db(_find_collection_id, user, collection))
    if collections and not body.is_asked:
        raise InvalidInput("There is no message from the user to search for.", code="nothing_asked")
    policy.check(body.question)
    # The model is given the messages as they came; this is searched for, and kept for a while.
    question = Question(body.question.strip()[: settings.MESSAGE_MAX_CHARS] or "…", key)
    messages = functions.translate_history(message.raw() for message in body.messages)
    with _point_to_list():
        choices = await asking.choices(
            model,
            max_tokens=body.max_tokens,
            collections=collections,
            request={"messages": messages, "options": body.options},
            fresh=body.fresh,
        )
        abilities.check(choices.model, body)
        return await asking.ask(user, question, choices, follows=NewConversation(temporary=True))


@contextmanager
def _point_to_list() -> Iterator[None]:
    """Tell whoever names a model that there is not where the names are."""
    try:
        yield
    except InvalidInput as error:
        if error.reason != registry.UNKNOWN_MODEL:
            raise
        words = f"{error.message} GET /v1/models lists those that you can use."
        raise InvalidInput(words, code=error.reason) from error


async def _split_model(user: User, name: str) -> tuple[str, str]:
    """Return a model's name and the collection behind its @, "" without one.

    Some servers have an @ in the names of their models, and a collection may have one in its own.
    """
    model, _, collection = name.partition("@")
    if not collection:
        return model, ""
    names = set(await access.list_names(user))
    if name in names:
        return name, ""
    parts = name.split("@")
    splits = [("@".join(parts[:n]), "@".join(parts[n:])) for n in range(len(parts) - 1, 0, -1)]
    return next((split for split in splits if split[0] in names), (model, collection))


def _find_collection_id(user: User, name: str) -> UUID:
    """Find a collection by its id, or by its name where there is only one of that name.

    One's own goes before those that one's searches look into besides, and those before what
    strangers have opened to everyone, so that nobody takes a name away, or answers in its place.
    """
    readable = readable_collections(user)
    try:
        matches = list(readable.filter(pk=UUID(name))[:1])
    except ValueError:
        searched = searched_collections(user)
        ranked = (readable.filter(owner=user), searched, readable)
        named = (list(each.filter(name=name)[:2]) for each in ranked)
        matches = next((each for each in named if each), [])
    if len(matches) != 1:
        raise NotFound(f"There is no collection {name[:80]!r}.", code="unknown_collection")
    return matches[0].pk


def _describe_model(name: str) -> dict[str, Any]:
    """Return a row of the list; programs look for a context under OpenRouter's or vLLM's name."""
    context = registry.find_context(name)
    told = {"context_length": context, "max_model_len": context} if context else {}
    return {"id": name, "object": "model", "created": 0, "owned_by": OWNER, **told}
