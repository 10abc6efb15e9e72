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
