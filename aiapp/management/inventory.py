"""The numbers by which a copy of a site is compared with its original.

Nothing in them was written by anybody: they are counts, ids and hashes, for they stand in clear
beside a backup that may be encrypted.
"""

import hashlib
from typing import Any

from asgiref.sync import async_to_sync
from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

import aiapp
from aiapp.files.store import store
from documents.models import Document
from documents.search import search

COUNTED = (
    *("accounts.User", "chat.Conversation", "chat.Message", "chat.Citation"),
    *("documents.Collection", "documents.Document", "documents.Version"),
    *("documents.Chunk", "documents.ChunkVector"),
)
# Columns with names of files; those of the others are taken away while their rows stay.
LASTING = (("documents.Version", "file"), ("documents.Transcription", "file"))
PASSING = (("accounts.DataExport", "file"), ("chat.ChatImport", "file"))
QUERY_WORDS = 8
MAX_MISSING = 10


def take() -> dict[str, Any]:
    """Count what the database holds, and see that the files are there that it names."""
    return {
        "version": aiapp.__version__,
        "migrations": _count_migrations(),
        "rows": {name: apps.get_model(name)._default_manager.count() for name in COUNTED},
        **_look_for_files(),
    }


def sample(document: str = "") -> dict[str, Any]:
    """Read one document's file and search for its first words: the newest one, or a certain one."""
    found = Document.objects.filter(current__state="ready").order_by("-created", "id")
    chosen = (found.filter(id=document) if document else found).select_related("current").first()
    if chosen is None or chosen.current is None:
        return {}
    chunk = chosen.current.chunks.filter(disabled=False).first()
    query = " ".join(chunk.text.split()[:QUERY_WORDS]) if chunk else ""
    result = async_to_sync(search)(chosen.collection.owner, query, mode="lexical")
    with chosen.current.file.open() as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    passages = [str(passage.chunk_id) for passage in result.passages]
    return {"document": str(chosen.id), "sha256": digest, "passages": passages}


def _count_migrations() -> dict[str, int]:
    counts: dict[str, int] = {}
    for app, _ in MigrationRecorder(connection).applied_migrations():
        counts[app] = counts.get(app, 0) + 1
    return counts


def _look_for_files() -> dict[str, Any]:
    """Look for every file that a row names for good."""
    there = {name for name, _ in store().walk()}
    referenced, missing = 0, []
    for model, field in LASTING:
        for name in _list_names(model, field):
            referenced += 1
            if name not in there:
                missing.append(name)
    return {"files": referenced, "missing": len(missing), "missing_first": missing[:MAX_MISSING]}


def list_files() -> set[str]:
    """Return the name of every file that a row names."""
    return {name for model, field in (*LASTING, *PASSING) for name in _list_names(model, field)}


def _list_names(model: str, field: str) -> Any:
    rows = apps.get_model(model)._default_manager.exclude(**{field: ""}).order_by()
    return rows.values_list(field, flat=True).iterator()


def compare(original: dict[str, Any], copy: dict[str, Any]) -> list[str]:
    """Say in what a copy differs from its original."""
    faults = []
    for name, count in original["rows"].items():
        if copy["rows"].get(name) != count:
            faults.append(f"{name}: {copy['rows'].get(name)} rows instead of {count}")
    if copy["missing"] > original["missing"]:
        names = ", ".join(copy["missing_first"])
        faults.append(f"{copy['missing']} files are missing, such as {names}")
    for name, meaning in {"sha256": "the file", "passages": "the search"}.items():
        if original["sample"].get(name) != copy["sample"].get(name):
            faults.append(f"{meaning} of document {original['sample']['document']} differs")
    return faults
