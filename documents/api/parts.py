"""Helpers shared by the operations of the documents API."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest
from ninja import Query

from accounts.credentials.authentication import caller, require_scope
from accounts.limits.rate_limit import limit
from accounts.models import ApiKey, User
from aiapp.errors import InvalidInput
from documents import access
from documents.api.schemas import ShareIn
from documents.ingest.progress import statuses
from documents.library import sharing
from documents.models import Document

Limit = Annotated[int, Query(ge=1, le=100)]


def page(queryset: QuerySet[Any], limit: int) -> tuple[list[Any], Any]:
    """The first rows, and the last of them if there are more."""
    rows = list(queryset[: limit + 1])
    return rows[:limit], rows[limit - 1] if len(rows) > limit else None


def documents_out(user: User, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Each with its state. Whom it is shared with is told to who decides that."""
    prefetch_related_objects(documents, "collection", "shares__user", "shares__group")
    writable = set(
        access.writable_documents(user)
        .filter(pk__in=[document.pk for document in documents])
        .values_list("pk", flat=True)
    )
    by_id = {document.pk: document for document in documents}
    out = []
    for state in statuses(documents):
        document = by_id[state["id"]]
        decides = document.pk in writable and user.pk in {
            document.collection.owner_id,
            document.added_by_id,
        }
        shares = sharing.describe_shares(document.shares.all()) if decides else None
        told = {
            "metadata": document.metadata,
            "shares": shares,
            "writable": document.pk in writable,
        }
        out.append(state | told)
    return out


def document_out(user: User, document: Document) -> dict[str, Any]:
    (only,) = documents_out(user, [document])
    return only


def require_sharing(request: HttpRequest) -> None:
    """Raises NotAllowed for a key that may change documents, but not who can open them."""
    require_scope(request, ApiKey.Scope.SHARING)


def grants(request: HttpRequest, shares: Sequence[ShareIn]) -> list[sharing.Grant]:
    """Return the shares that a body asks for. Each try counts, so that names cannot be guessed.

    To be called before the transaction begins. Raises InvalidInput for an unknown name.
    """
    if shares:
        limit(request, "share", caller(request).username)
    wanted = [sharing.Grant(each.user or "", each.group or "", each.role) for each in shares]
    sharing.check_names(caller(request), wanted)
    return wanted


def parse_json(text: str, field: str) -> Any:
    """Return the value of a field that a form or an address gives as JSON.

    Raises InvalidInput.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        fields = [{"field": field, "reason": "not JSON"}]
        raise InvalidInput(
            "Some fields are not valid.", code="validation_error", fields=fields
        ) from error


def refuse_stray_fields(request: HttpRequest, known: set[str]) -> None:
    """A form has no schema that would do it."""
    if stray := {*request.POST, *request.FILES} - known:
        fields = [{"field": name[:100], "reason": "not a field"} for name in sorted(stray)]
        raise InvalidInput("Some fields are not valid.", code="validation_error", fields=fields)
