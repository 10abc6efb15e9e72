"""Telling of sources: field by field, so that none is told by accident."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from documents.models import Source, SourceItem, SourceSync
from documents.sources.base import Kind, Option
from documents.sources.progress import COUNTS

_PLAIN = (
    *("name", "kind", "address", "username", "options", "every_minutes", "check_days"),
    *("state", "phase", "failures", "started", "finished", "checked", "created"),
)
_PLAIN_OF_FILE = ("path", "link", "state", "size", "modified", "changed")


def describe_kind(kind: Kind) -> dict[str, Any]:
    """Return a kind as it is told, its texts in the language of the request."""
    return {
        "name": kind.name,
        "title": str(kind.title),
        "hint": str(kind.hint),
        "address_label": str(kind.address_label),
        "address_hint": str(kind.address_hint),
        "address_required": bool(kind.address_label) and kind.is_address_required,
        "username_label": str(kind.username_label),
        "credential_label": str(kind.credential_label),
        "options": [_describe_option(option) for option in kind.options],
    }


def _describe_option(option: Option) -> dict[str, Any]:
    return {
        "name": option.name,
        "label": str(option.label),
        "hint": str(option.hint),
        "type": option.type,
        "default": option.default,
        "required": option.is_required,
    }


def describe_source(source: Source, files: Mapping[str, int]) -> dict[str, Any]:
    return {name: getattr(source, name) for name in _PLAIN} | {
        "id": source.pk,
        "collection": source.collection_id,
        "has_credential": bool(source.sealed_credential),
        "include": _split(source.include),
        "exclude": _split(source.exclude),
        "max_megabytes": source.max_megabytes or 0,
        "counts": _describe_counts(source.counts),
        "files": files,
        "error": _describe_failure(source.error_code, source.error),
        "due": source.due if source.state == Source.State.IDLE else None,
    }


def describe_file(item: SourceItem, document: UUID | None) -> dict[str, Any]:
    return {name: getattr(item, name) for name in _PLAIN_OF_FILE} | {
        "id": item.pk,
        "failure": _describe_failure(item.code, item.reason),
        "document": document,
    }


def describe_sync(sync: SourceSync) -> dict[str, Any]:
    return {
        "id": sync.pk,
        "number": sync.number,
        "outcome": sync.outcome,
        "full": sync.is_full,
        "counts": _describe_counts(sync.counts),
        "failure": _describe_failure(sync.code, sync.reason),
        "started": sync.started,
        "finished": sync.finished,
    }


def _split(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _describe_counts(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in COUNTS}


def _describe_failure(code: str, reason: str) -> dict[str, str] | None:
    return {"code": code, "message": reason} if code or reason else None
