"""Texts that programs keep in a collection, as in a vector store: by their ids, and by meaning.

`clients/aiapp_langchain.py` is LangChain's store over these operations.
"""

from typing import Annotated, Any, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints, model_validator

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db, release_request_connection
from aiapp.ids import uuid7
from documents.api.examples import TEXT
from documents.library import texts as added
from documents.library.texts import MAX_CHARS, MAX_ID_LENGTH, Text
from documents.metadata import parse_condition
from documents.metadata.schema import FilterIn
from documents.search import MAX_CHARS as MAX_QUERY_CHARS
from documents.search import searchable
from documents.spaces.spaces import MAX_INDEXED_DIMENSION
from documents.vector_store import embedded
from documents.vector_store.nearest import Variety, build_scope, find_nearest, find_various
from documents.vector_store.results import Found

router = Router(auth=ApiAuth("documents:read", "documents:write"), tags=["documents"])

MAX_TEXTS = 100
MAX_IDS = 1_000
MAX_FOUND = 100
TextId = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_LENGTH)]


class TextIn(Strict):
    """Without an id one is made. The same id again replaces the text."""

    text: str = Field(min_length=1, max_length=MAX_CHARS)
    id: TextId | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class TextsIn(Strict):
    texts: list[TextIn] = Field(min_length=1, max_length=MAX_TEXTS)


class IdsIn(Strict):
    ids: list[TextId] = Field(max_length=MAX_IDS)


class RemovalIn(Strict):
    """Without ids all texts that programs added are deleted, and no uploaded file."""

    ids: list[TextId] | None = Field(None, max_length=MAX_IDS)


class VarietyIn(Strict):
    """Have `k` of the `fetch_k` nearest chosen so that they are not all alike."""

    fetch_k: int = Field(20, ge=1, le=MAX_FOUND)
    lambda_mult: float = Field(0.5, ge=0, le=1)


class NearestIn(Strict):
    """A question, or its vector in the space that is searched."""

    query: str | None = Field(None, min_length=1, max_length=100 * MAX_QUERY_CHARS)
    vector: list[float] | None = Field(None, min_length=1, max_length=4 * MAX_INDEXED_DIMENSION)
    k: int = Field(5, ge=1, le=MAX_FOUND)
    filter: FilterIn | None = None
    variety: VarietyIn | None = None

    @model_validator(mode="after")
    def asks_once(self) -> Self:
        if (self.query is None) == (self.vector is None):
            raise ValueError("give a query or a vector")
        return self


class IdsOut(Schema):
    ids: list[str]


class TextOut(Schema):
    id: str
    text: str
    metadata: dict[str, Any]


class NearestOut(TextOut):
    """`score` is the cosine, and null where variety decides."""

    score: float | None


@router.post("/collections/{uuid:collection_id}/texts", response={201: IdsOut})
@Note(request={"texts": [TEXT]}, response={"ids": ["history-1"]}, errors=(413, 429, 502, 503))
async def add_texts(
    request: HttpRequest, collection_id: UUID, body: TextsIn
) -> Status[dict[str, Any]]:
    """Add texts, or replace those of the same ids, all or none; they can be found at once.

    Each is a document of the collection, in one piece. The site's own model embeds.
    """
    user = caller(request)
    batch = [Text(each.id or str(uuid7()), each.text, each.metadata) for each in body.texts]
    await release_request_connection()
    await embedded.add(user, collection_id, batch)
    return Status(201, {"ids": [text.id for text in batch]})


@router.post(
    "/collections/{uuid:collection_id}/texts/read",
    response=list[TextOut],
    auth=ApiAuth("documents:read"),
)
@Note(request={"ids": ["history-1"]}, response=[TEXT])
async def read_texts(
    request: HttpRequest, collection_id: UUID, body: IdsIn
) -> list[dict[str, Any]]:
    """The texts of these ids, in their order; unknown ids are left out."""

    def read() -> list[Text]:
        user = caller(request)
        added.check_readable(user, collection_id)
        return added.find(user, collection_id, body.ids)

    found = await in_db(read)
    return [{"id": each.id, "text": each.text, "metadata": each.metadata} for each in found]


@router.post("/collections/{uuid:collection_id}/texts/delete", response={204: None})
@Note(request={"ids": ["history-1"]})
async def delete_texts(request: HttpRequest, collection_id: UUID, body: RemovalIn) -> Status[None]:
    """Delete texts that programs added; unknown ids are left out."""
    await in_db(added.delete, caller(request), collection_id, body.ids)
    return Status(204, None)


@router.post(
    "/collections/{uuid:collection_id}/texts/search",
    response=list[NearestOut],
    auth=ApiAuth("documents:read"),
)
@Note(
    request={"query": "When was the mill built?", "k": 1, "filter": {"source": "history.txt"}},
    response=[TEXT | {"score": 0.71}],
    errors=(429, 502, 503),
)
async def find_texts(
    request: HttpRequest, collection_id: UUID, body: NearestIn
) -> list[dict[str, Any]]:
    """The texts, and passages of uploaded files, that are nearest in meaning."""
    user, condition = caller(request), parse_condition(body.filter)
    await release_request_connection()
    # Before anything is embedded for nothing.
    await in_db(build_scope, user, collection_id, condition)
    query = searchable(body.query or "")
    if not query and body.vector is None:
        return []
    space, vector = await embedded.embed_query(query, body.vector)

    def find() -> list[tuple[Found, float | None]]:
        scope = build_scope(user, collection_id, condition)
        if space is None:
            return []
        if body.variety is None:
            return [*find_nearest(scope, space, vector, body.k)]
        variety = Variety(body.variety.fetch_k, body.variety.lambda_mult)
        return [(each, None) for each in find_various(scope, space, vector, body.k, variety)]

    return [
        {"id": each.id, "text": each.text, "metadata": each.metadata, "score": score}
        for each, score in await in_db(find)
    ]
