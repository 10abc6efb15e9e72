"""The SQL of scopes, compiled once for all scopes that are limited by the same kinds of things.

It is the SQL of the querysets of `documents.access`, which a `Scope` of stand-ins puts together;
so who may read what is said there alone.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import uuid4

from accounts.models import User
from aiapp.sql.compiled import StandIn, compile_queryset
from aiapp.sql.pool import Query
from documents.metadata import Condition
from documents.search.scope import Filters, Scope

_USER, _COLLECTION, _DOCUMENT = uuid4(), uuid4(), uuid4()
_AFTER, _BEFORE = datetime(1901, 2, 3, tzinfo=UTC), datetime(1902, 3, 4, tzinfo=UTC)
_MEDIA_TYPE = "stand/in"
_CONDITION = Condition("a path", "an indexed path")
STAND_INS = {
    "user": StandIn(_USER, "uuid"),
    "collections": StandIn([_COLLECTION], "uuid[]"),
    "documents": StandIn([_DOCUMENT], "uuid[]"),
    "added_after": StandIn(_AFTER, "timestamptz"),
    "added_before": StandIn(_BEFORE, "timestamptz"),
    "media_types": StandIn([_MEDIA_TYPE], "text[]"),
    "metadata_path": StandIn(_CONDITION.path, "jsonpath"),
    "metadata_indexed": StandIn(_CONDITION.indexed, "jsonpath"),
}


class Shape(NamedTuple):
    """The kinds of things that a scope is limited by."""

    collections: bool
    documents: bool
    added_after: bool
    added_before: bool
    media_types: bool
    metadata: bool


def find_shape(scope: Scope) -> Shape:
    """Raises TypeError for filters of another kind, which these statements would leave out."""
    filters = scope.filters
    if type(filters) is not Filters:
        raise TypeError(f"{type(filters).__name__} has no shape")
    return Shape(
        collections=scope.collections is not None,
        documents=scope.documents is not None,
        added_after=filters.added_after is not None,
        added_before=filters.added_before is not None,
        media_types=bool(filters.media_types),
        metadata=filters.metadata is not None,
    )


def list_values(scope: Scope) -> dict[str, Any]:
    """Return the parameters that the statements of a scope may have."""
    condition = scope.filters.metadata or _CONDITION
    return {
        "user": scope.user.pk,
        "collections": list(scope.collections or ()),
        "documents": list(scope.documents or ()),
        "added_after": scope.filters.added_after,
        "added_before": scope.filters.added_before,
        "media_types": list(scope.filters.media_types),
        "metadata_path": condition.path,
        "metadata_indexed": condition.indexed,
    }


def make_stand_in(shape: Shape) -> Scope:
    """Return a scope of this shape whose values stand for parameters."""
    return Scope(
        User(pk=_USER),
        [_COLLECTION] if shape.collections else None,
        [_DOCUMENT] if shape.documents else None,
        Filters(
            added_after=_AFTER if shape.added_after else None,
            added_before=_BEFORE if shape.added_before else None,
            media_types=[_MEDIA_TYPE] if shape.media_types else (),
            metadata=_CONDITION if shape.metadata else None,
        ),
    )


@cache
def compile_versions(shape: Shape) -> str:
    """Return the SQL of the versions in a scope."""
    return compile_queryset(make_stand_in(shape).versions(), STAND_INS)


@cache
def compile_exists(shape: Shape) -> Query:
    """Return the query that tells whether there is any document in a scope."""
    first = make_stand_in(shape).readable().order_by().values("pk")[:1]
    return Query(f"SELECT EXISTS ({compile_queryset(first, STAND_INS)})")
