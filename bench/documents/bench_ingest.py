"""The speed of ingest, beside embedding the same passages and nothing else.

    make bench            or: python -m bench.documents.bench_ingest [PAGES | memory]

One worker ingests PDFs of prose in an embedded PostgreSQL: with the packaged model, which needs
all of the machine; with a service that answers a batch after 0.3 seconds, as paid ones do; and
with one that answers at once, which leaves what ingest itself costs. The last documents, which are
all there is with `memory`, are a PDF of 5,000 pages, of which each fourth is a table, and a zip of
500 MB with 250 files: they show whether the memory of a worker, and of the process that reads for
it, grows with the document.
"""

import io
import json
import logging
import os
import random
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from textwrap import fill
from threading import Event, Thread
from typing import Any

import psutil

from aiapp.embedded import parts, postgres, valkey
from aiapp.embedded.processes.process import Process

ROOT = Path(__file__).resolve().parents[2]
ONLY_MEMORY = sys.argv[1:] == ["memory"]
PAGES = int(sys.argv[1]) if len(sys.argv) > 1 and not ONLY_MEMORY else 100
MANY_PAGES = 5_000
# Of the files of an archive: how many, and how large a picture each holds that cannot be packed.
FILES, PICTURE_BYTES = 250, 2_000_000
READER = "documents.parsing.child"
PAGE_CHARS = 2_400
MIN_CHARS, MAX_CHARS = 40, 300
PAUSE = 0.3
MEGABYTE = 1024 * 1024
RANDOM = random.Random(7)


class Endpoint(BaseHTTPRequestHandler):
    """Embeds nothing: the same vector for each text, after a pause."""

    protocol_version = "HTTP/1.1"
    # One packet an answer; in two, the second would wait for the first to be acknowledged.
    wbufsize = 1 << 20
    pause = 0.0
    vector = "[" + ",".join(["0.0512345678"] * 384) + "]"

    def do_POST(self) -> None:
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        time.sleep(self.pause)
        data = ",".join(f'{{"index": {n}, "embedding": {self.vector}}}' for n in range(len(texts)))
        answer = f'{{"object": "list", "model": "bench", "data": [{data}]}}'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def service(pause: float) -> Iterator[str]:
    """Its base URL."""
    handler = type("Handler", (Endpoint,), {"pause": pause})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()


def pdf(pages: int) -> bytes:
    """Prose in sentences from our own documentation, in a new order on each page."""
    # Its types are not checked, as those of all tests.
    drawn = import_module("documents.tests.parsing.pdf").pages
    sentences = _read_sentences()
    file: bytes = drawn(*(_page(sentences) for _ in range(pages)))
    return file


def long_pdf() -> bytes:
    """The same with a table, which is drawn column by column, on each fourth page."""
    drawn = import_module("documents.tests.parsing.pdf").draw
    sentences = _read_sentences()
    pages = (_draw_table(n) if n % 4 == 0 else _draw_page(sentences) for n in range(MANY_PAGES))
    file: bytes = drawn(*pages)
    return file


def archive() -> bytes:
    """Documents of Word, each with two pages of prose and a picture of noise."""
    office = import_module("documents.tests.parsing.office.office")
    sentences = _read_sentences()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        for n in range(FILES):
            document = io.BytesIO(office.word(office.paragraph(office.run(_page(sentences)))))
            with zipfile.ZipFile(document, "a") as parts:
                parts.writestr("word/media/image1.png", RANDOM.randbytes(PICTURE_BYTES))
            files.writestr(f"report {n}.docx", document.getvalue())
    return packed.getvalue()


def _read_sentences() -> list[str]:
    prose = " ".join(path.read_text("utf-8") for path in sorted(ROOT.glob("docs/**/*.md")))
    prose = re.sub(r"[^ -~\s]|[<>&()\\]", "", prose)
    return [s for s in re.split(r"(?<=\.)\s+", prose) if MIN_CHARS < len(s) < MAX_CHARS]


def _draw_page(sentences: list[str]) -> str:
    lines = "".join(f"({line}) Tj T* " for line in _page(sentences).splitlines())
    return f"BT /F1 9 Tf 11 TL 40 760 Td {lines} ET"


def _draw_table(number: int) -> str:
    return " ".join(
        f"BT /F1 9 Tf {40 + 120 * column} {740 - 14 * row} Td ({number * row * 7 + column:,}) Tj ET"
        for column in range(4)
        for row in range(40)
    )


def _page(sentences: list[str]) -> str:
    text = ""
    while len(text) < PAGE_CHARS:
        text += RANDOM.choice(sentences) + " "
    return fill(text, 100)


@contextmanager
def memory_watch() -> Iterator[tuple[list[float], list[float]]]:
    """Megabytes of memory of this process and of the one that reads, ten times a second."""
    process, over = psutil.Process(), Event()
    megabytes = [process.memory_info().rss / MEGABYTE], [0.0]

    def watch() -> None:
        while not over.wait(0.1):
            megabytes[0].append(process.memory_info().rss / MEGABYTE)
            megabytes[1].extend(_measure_readers(process))

    thread = Thread(target=watch)
    thread.start()
    try:
        yield megabytes
    finally:
        over.set()
        thread.join()


def _measure_readers(process: psutil.Process) -> Iterator[float]:
    for child in process.children():
        with suppress(psutil.Error):
            if READER in child.cmdline():
                yield child.memory_info().rss / MEGABYTE


def ingest_document(user: Any, name: str, data: bytes) -> tuple[Any, float]:
    """The version of a new document, and how many seconds its ingest took."""
    return ingest_version(upload(user, name, data))


def upload(user: Any, name: str, data: bytes) -> Any:
    """The version of a new document, which waits to be read."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from documents.library import uploads

    return uploads.accept(user, SimpleUploadedFile(name, data)).versions.get()


def ingest_version(version: Any) -> tuple[Any, float]:
    from documents.ingest.pipeline import ingest

    began = time.perf_counter()
    ingest(version.pk)
    seconds = time.perf_counter() - began
    version.refresh_from_db()
    if version.state != version.State.READY:
        raise SystemExit(f"{version.filename}: {version.failure_message}")
    return version, seconds


def time_embedding(version: Any) -> float:
    """Seconds to embed the passages of a version, without reading or writing any."""
    from django.conf import settings

    from aiapp.llm.embedding.client import embed_batch
    from documents.spaces.spaces import active_space
    from documents.spaces.storing import compose_embedding_text

    chunks = version.chunks.order_by("ordinal").values_list("heading", "text")
    texts = [
        compose_embedding_text(version.document.title, heading, text) for heading, text in chunks
    ]
    space, size = active_space(), settings.EMBEDDING_BATCH
    began = time.perf_counter()
    for start in range(0, len(texts), size):
        embed_batch(texts[start : start + size], space)
    return time.perf_counter() - began


def print_row(user: Any, name: str) -> None:
    """A row of the table."""
    ingest_document(user, f"warm {name}.pdf", pdf(2))
    version, seconds = ingest_document(user, f"{name}.pdf", pdf(PAGES))
    bare, chunks = time_embedding(version), version.chunk_count
    print(
        f"{name:24} {PAGES / seconds:9.1f} {chunks / seconds:11.1f} {chunks / bare:11.1f}"
        f" {bare / seconds:8.0%}",
        flush=True,
    )


def measure_memory(user: Any) -> None:
    ingest_document(user, "short.pdf", pdf(50))
    for name, make in (("long.pdf", long_pdf), ("archive.zip", archive)):
        waiting = upload(user, name, make())
        with memory_watch() as (own, readers):
            version, seconds = ingest_version(waiting)
        print(
            f"\n{name}: {version.size / MEGABYTE:.0f} MB, {version.pages:,} pages,"
            f" {version.chunk_count:,} passages, in {seconds:.0f} s:"
            f" {version.pages / seconds:.1f} pages/s",
            flush=True,
        )
        for whose, megabytes in (("the worker", own), ("the process that reads", readers[1:])):
            quarter = len(megabytes) // 4
            print(
                f"memory of {whose} in MB: {megabytes[0]:.0f} at first, at most"
                f" {max(megabytes[: quarter + 1]):.0f} in the first quarter,"
                f" {max(megabytes[quarter:]):.0f} later",
                flush=True,
            )


def main(local: str) -> None:
    import django

    django.setup()
    logging.disable(logging.INFO)
    from django.conf import settings
    from django.core.management import call_command

    from accounts.models import User
    from documents.models import ChunkVector, EmbeddingSpace

    call_command("migrate", "--no-input", verbosity=0)
    user = User.objects.create(username="bench", email="bench@example.org")
    if ONLY_MEMORY:
        with service(0.0) as url:
            settings.EMBEDDING_BASE_URL, settings.EMBEDDING_MODEL = url, "at once"
            measure_memory(user)
        return
    print(f"{PAGES} pages of {PAGE_CHARS:,} characters, a batch of {settings.EMBEDDING_BATCH}\n")
    print(f"{'service':24} {'pages/s':>9} {'passages/s':>11} {'embedding':>11} {'of it':>8}")
    for name, pause in (("packaged model", None), ("0.3 s a batch", PAUSE), ("at once", 0.0)):
        with service(pause or 0.0) as url:
            settings.EMBEDDING_BASE_URL = local if pause is None else url
            settings.EMBEDDING_MODEL = "all-MiniLM-L6-v2" if pause is None else name
            print_row(user, name)
            if name == "at once":
                measure_memory(user)
        # The next service's vectors are in a space of their own.
        ChunkVector.objects.all().delete()
        EmbeddingSpace.objects.all().delete()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="aiapp-") as folder:
        where = parts.Place(Path(folder), Path(folder, "run"), ROOT / "var" / "models")
        where.run.mkdir(mode=0o700)
        where.model_key.write_text("a key for benchmarks", encoding="ascii")
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "aiapp.settings",
            "DATA_DIR": folder,
            # More than the archive has.
            "DOCUMENT_MAX_MB": "600",
            "EMBEDDING_API_KEY": "a key for benchmarks",
            "EMBEDDING_BASE_URL": f"unix://{where.embedding_socket}",
        }
        model = Process(parts.embedding(where), Path(folder, "model.log"))
        try:
            with (
                postgres.run_temporarily(where.data / "postgres", where.run),
                valkey.run_temporarily(where.data / "valkey", where.run),
            ):
                model.wait_until_ready()
                main(f"unix://{where.embedding_socket}")
        finally:
            model.stop()
