"""Examples of the bodies of the documents API that several operations show, or that are long."""

from aiapp.api.notes import ID, MOMENT

DOCUMENT_ID = "0193b1d1-1f20-7a3b-8c4d-5e6f708192a3"
COLLECTION_ID = "0193b1d0-0a0b-7c0d-8e0f-102132435465"

COLLECTION = {
    "id": COLLECTION_ID,
    "name": "Personnel",
    "created": MOMENT,
    "documents": 3,
    "owner": "ann",
    "role": "owner",
    "everyone": False,
    "searched": True,
    "shares": [{"group": "staff", "role": "reader"}],
    "tuning": {},
}
DOCUMENT = {
    "id": DOCUMENT_ID,
    "title": "handbook.pdf",
    "collection": COLLECTION_ID,
    "filename": "handbook.pdf",
    "media_type": "application/pdf",
    "size": 482_113,
    "status": "processing",
    "stage": "embed",
    "progress": 0.6,
    "done": 60,
    "total": 100,
    "pages": 48,
    "chunks": 100,
    "failure": None,
    "notes": [],
    "version": 1,
    "created": MOMENT,
    "finished": None,
    "restricted": False,
    "metadata": {"author": "Ann", "year": 2026, "labels": ["personnel"]},
    "shares": [],
    "writable": True,
}
PASSAGE = {
    "content": "Every employee has 30 days of vacation a year.",
    "columns": "",
    "similarity": 0.82,
    "score": 0.91,
    "document": {"id": DOCUMENT_ID, "title": "handbook.pdf", "metadata": {"author": "Ann"}},
    "page": 12,
    "start": 3120,
    "end": 3188,
    "chunk_id": "0193b1d1-2b3c-7d4e-8f50-61728394a5b6",
}
TEXT = {
    "id": "history-1",
    "text": "The mill was built in 1843.",
    "metadata": {"source": "history.txt"},
}
SEGMENTS = [{"start": 0.0, "end": 2.4, "text": "The meeting begins at nine."}]
TRANSCRIPT = {
    "text": "The meeting begins at nine.",
    "language": "en",
    "duration": 2.4,
    "segments": SEGMENTS,
}
TRANSCRIPTION = {
    "id": ID,
    "state": "running",
    "progress": 0.25,
    "error": "",
    "text": "The meeting begins at nine.",
    "language": "",
    "duration": 118.5,
    "segments": SEGMENTS,
}
KIND = {
    "name": "webdav",
    "title": "WebDAV or Nextcloud",
    "hint": "A folder of a WebDAV server.",
    "address_label": "Address",
    "address_hint": "Of the folder.",
    "address_required": True,
    "username_label": "User name",
    "credential_label": "Password",
    "options": [],
}
NEW_SOURCE = {
    "collection": COLLECTION_ID,
    "kind": "webdav",
    "name": "Handbooks",
    "address": "https://cloud.example.org/remote.php/dav/files/ann/handbooks/",
    "username": "ann",
    "credential": "an app password",
    "exclude": ["drafts/"],
    "every_minutes": 1440,
}
COUNTS = {
    "seen": 214,
    "added": 3,
    "changed": 1,
    "moved": 0,
    "removed": 0,
    "returned": 0,
    "skipped": 2,
    "failed": 1,
}
SOURCE = {
    "id": "0193b1d4-5e6f-7081-92a3-b4c5d6e7f809",
    "collection": COLLECTION_ID,
    "kind": "webdav",
    "name": "Handbooks",
    "address": "https://cloud.example.org/remote.php/dav/files/ann/handbooks/",
    "username": "ann",
    "has_credential": True,
    "options": {},
    "include": [],
    "exclude": ["drafts/"],
    "max_megabytes": 0,
    "every_minutes": 1440,
    "check_days": 7,
    "state": "idle",
    "phase": "",
    "counts": COUNTS,
    "files": {"current": 211, "skipped": 2, "failed": 1},
    "failures": 0,
    "error": None,
    "due": MOMENT,
    "started": MOMENT,
    "finished": MOMENT,
    "checked": MOMENT,
    "created": MOMENT,
}
TOO_LARGE = {"code": "too_large", "message": "The file is larger than the source may bring."}
SOURCE_FILE = {
    "id": 4711,
    "path": "films/first-day.pdf",
    "link": "",
    "state": "failed",
    "failure": TOO_LARGE,
    "size": 734_003_200,
    "modified": MOMENT,
    "changed": MOMENT,
    "document": None,
}
SYNC = {
    "id": 97,
    "number": 12,
    "outcome": "done",
    "full": False,
    "counts": COUNTS,
    "failure": None,
    "started": MOMENT,
    "finished": MOMENT,
}
