"""The time of a search in 100,000 chunks, and what the vector index misses.

    make bench            or: python -m bench.documents.bench_search [--chunks N] [--keep FOLDER]

One client searches in an embedded PostgreSQL that holds documents of 200 chunks each: texts of
words by Zipf's law, vectors in clusters. One user may read all collections, others a tenth and a
hundredth. With a folder the database is kept there and used again, for a million chunks take long.
The query's vector comes from an endpoint that answers at once, so that what is measured is the
search; embedding a question with the packaged model adds about ten milliseconds.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import numpy as np

from aiapp.embedded import postgres, valkey

CHUNKS = 100_000
# For building an index, as someone would give it who loads a whole library.
BUILD_MEMORY = "2GB"
PER_DOCUMENT = 200
QUERIES = 200
DIMENSION = 384
COPY_CHUNKS = (
    'COPY documents_chunk (id, version_id, ordinal, page, start, "end", text, words) FROM STDIN'
)
VOCABULARY = 30_000
WORDS = 150
CLUSTERS = 500
RANDOM = random.Random(7)
NUMBERS = np.random.default_rng(7)
READERS = {"all": "everyone", "10 %": "tenth", "1 %": "few"}
# Query texts and their vectors, for the endpoint.
VECTORS: dict[str, list[float]] = {}


class Endpoint(BaseHTTPRequestHandler):
    """Says a query's vector, as a server of embeddings would."""

    protocol_version = "HTTP/1.1"
    # One packet an answer; in two, the second would wait for the first to be acknowledged.
    wbufsize = 1 << 16

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        data = [{"index": n, "embedding": VECTORS[text]} for n, text in enumerate(body["input"])]
        answer = json.dumps({"object": "list", "model": "bench", "data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        pass


def vocabulary() -> list[str]:
    letters = "bcdfghklmnprstvz"
    words = {
        "".join(
            RANDOM.choice(letters) + RANDOM.choice("aeiou") for _ in range(RANDOM.randint(2, 4))
        )
        for _ in range(VOCABULARY * 2)
    }
    return sorted(words)[:VOCABULARY]


def texts(words: list[str]) -> Iterator[list[str]]:
    """As many words as a chunk of a thousand characters has; the commonest make a third of them."""
    shares = 1 / np.arange(1, len(words) + 1)
    shares /= shares.sum()
    order = NUMBERS.permutation(len(words))
    while True:
        for row in NUMBERS.choice(len(words), (1000, WORDS), p=shares):
            yield [words[n] for n in order[row].tolist()]


def vectors() -> Iterator[np.ndarray]:
    centres = NUMBERS.normal(size=(CLUSTERS, DIMENSION))
    while True:
        noise = NUMBERS.normal(size=(1000, DIMENSION))
        block = centres[NUMBERS.integers(CLUSTERS, size=1000)] + noise
        yield from block / np.linalg.norm(block, axis=1, keepdims=True)


class Library:
    """Documents for each reader, and questions out of their texts."""

    def __init__(self) -> None:
        self.vocabulary, self.vector = vocabulary(), vectors()
        self.texts: list[list[str]] = []

    def fill(self) -> None:
        """Load the documents by COPY, and build the two big indexes after."""
        from django.db import connection

        from documents.models import Collection, CollectionShare
        from documents.spaces.spaces import active_space, drop_index, make_index

        everyone, tenth, few = READERS.values()
        names = [f"collection {n}" for n in range(20)]
        homes = [Collection.objects.create(owner=user(everyone), name=name) for name in names]
        of_tenth = Collection.objects.create(owner=user(tenth), name="a tenth")
        of_few = Collection.objects.create(owner=user(few), name="a hundredth")
        VECTORS["dimension"] = [1.0] + [0.0] * (DIMENSION - 1)
        space = active_space()
        with connection.cursor() as cursor:
            drop_index(space)
            cursor.execute("DROP INDEX chunk_words")
            cursor.execute("SET synchronous_commit = off")
            with measure_time("copying"):
                self.load(homes, of_tenth, of_few, space)
            for collection in (of_few, of_tenth):
                CollectionShare.objects.create(collection=collection, user=user(everyone))
            cursor.execute(f"SET maintenance_work_mem = '{BUILD_MEMORY}'")
            with measure_time("index of words"):
                cursor.execute("CREATE INDEX chunk_words ON documents_chunk USING gin (words)")
            with measure_time("index of vectors"):
                make_index(space)
            cursor.execute("VACUUM ANALYZE")

    def load(self, homes: list[Any], of_tenth: Any, of_few: Any, space: Any) -> None:
        from documents.spaces.storing import store_vectors

        text, stems = texts(self.vocabulary), find_stems(self.vocabulary)
        for number in range(CHUNKS // PER_DOCUMENT):
            home = homes[number % len(homes)]
            if number % 10 == 1:
                home = of_tenth
            body = [next(text) for _ in range(PER_DOCUMENT)]
            version = add_document(of_few if number % 100 == 0 else home, number)
            ids = copy_chunks(version, f"'report':1A '{number}':2A", body, stems)
            store_vectors(space, ids, [next(self.vector).tolist() for _ in ids])
            self.texts.append(RANDOM.choice(body))

    def questions(self) -> dict[str, list[float]]:
        """Questions of six to twelve words of a text, common and rare as they stand in it."""
        found = {}
        for _ in range(QUERIES):
            words = RANDOM.choice(self.texts)
            question = " ".join(RANDOM.sample(words, RANDOM.randint(6, 12)))
            found[question] = next(self.vector).tolist()
        return found


def add_document(home: Any, number: int) -> Any:
    """Return the version of a new document, which is the current one."""
    from documents.models import Document, Version
    from documents.text.lexemes import RECIPE

    document = Document.objects.create(collection=home, title=f"Report {number}.pdf")
    document.current = Version.objects.create(
        document=document,
        filename=document.title,
        media_type="application/pdf",
        size=1,
        sha256=f"{number:064}",
        state="ready",
        stage="done",
        chunk_count=PER_DOCUMENT,
        paged=True,
        words_recipe=RECIPE,
    )
    document.save()
    return document.current


def copy_chunks(
    version: Any, title: str, body: list[list[str]], stems: dict[str, str]
) -> list[UUID]:
    """Write chunks with the words that `documents.spaces.storing` would give them."""
    from django.db import connection

    from aiapp.ids import uuid7

    ids = [uuid7() for _ in body]
    with connection.cursor() as cursor, cursor.copy(COPY_CHUNKS) as copy:
        for n, (pk, words) in enumerate(zip(ids, body, strict=True)):
            text = " ".join(words)
            found = " ".join(f"{stems[w]}:{at}" for at, w in enumerate(words, 3) if w in stems)
            where = n, n // 3 + 1, n * 1000, n * 1000 + len(text)
            copy.write_row((pk, version.pk, *where, text, f"{title} {found}"))
    return ids


def find_stems(words: list[str]) -> dict[str, str]:
    from documents.text.lexemes import stems

    return {word: found[0] for word, found in stems(words).items() if found}


def user(name: str) -> Any:
    from accounts.models import User

    return User.objects.get_or_create(username=name, email=f"{name}@example.org")[0]


@contextmanager
def measure_time(name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)


def measure(search: Callable[[str], Any], questions: list[str]) -> list[float]:
    async def run() -> list[float]:
        times = []
        for question in [*questions[:20], *questions]:
            began = time.perf_counter()
            await search(question)
            times.append((time.perf_counter() - began) * 1000)
        return times[20:]

    return asyncio.run(run())


def run_search(search: Any, user: Any, mode: str, question: str) -> Any:
    return search(user, question, 5, mode=mode)


def recall(reader: Any, questions: list[str]) -> float:
    """Return the share that a search finds of the ten nearest passages that a user may read."""
    from documents.search import dense
    from documents.search.fusion import DEPTH
    from documents.search.scope import Scope
    from documents.spaces.spaces import active_space

    space, shares = active_space(), []
    for question in questions[:50]:
        scope = Scope(reader)
        found = list(dense.rank(scope, space, VECTORS[question], DEPTH))[:10]
        exact = list(dense.exactly(scope, space, VECTORS[question], 10))
        shares.append(len(set(found) & set(exact)) / len(exact))
    return statistics.mean(shares)


def report(name: str, times: list[float], more: str = "") -> None:
    times.sort()
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"{name:34} {p50:8.1f} {p95:8.1f}  {more}", flush=True)


def print_sizes() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_relation_size(oid) / 1e6 FROM pg_class WHERE relkind IN ('r', 'i')"
            " AND relname ~ '^(documents_chunk|chunk|vector)' ORDER BY 2 DESC"
        )
        for name, megabytes in cursor.fetchall():
            print(f"{name:60} {megabytes:8,.0f} MB")


def main(kept: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", "--no-input", verbosity=0)
    if kept.exists():
        VECTORS.update(json.loads(kept.read_text()))
    else:
        library = Library()
        with measure_time(f"{CHUNKS:,} chunks loaded and indexed"):
            library.fill()
        VECTORS.update(library.questions())
        kept.write_text(json.dumps(VECTORS))
    questions = [text for text in VECTORS if text != "dimension"]
    print_sizes()
    print(f"\n{'milliseconds':34} {'p50':>8} {'p95':>8}  recall@10")
    from documents.search import search

    for who, name in READERS.items():
        for mode in ("lexical", "dense", "hybrid"):
            times = measure(partial(run_search, search, user(name), mode), questions)
            found = f"{recall(user(name), questions):.3f}" if mode == "dense" else ""
            report(f"{mode}, a reader of {who}", times, found)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chunks", type=int, default=CHUNKS)
    parser.add_argument("--keep", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse_arguments()
    CHUNKS = arguments.chunks
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    Thread(target=server.serve_forever, daemon=True).start()
    with (
        tempfile.TemporaryDirectory(prefix="aiapp-") as folder,
        nullcontext(arguments.keep) if arguments.keep else nullcontext(Path(folder)) as data,
    ):
        data.mkdir(exist_ok=True)
        run = Path(folder, "run")
        run.mkdir(mode=0o700)
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "aiapp.settings",
            "DATABASE_POOL_SIZE": "4",
            "DATA_DIR": folder,
            "EMBEDDING_MODEL": "bench",
            "EMBEDDING_BASE_URL": f"http://127.0.0.1:{server.server_address[1]}/v1",
        }
        with (
            postgres.run_temporarily(data / "postgres", run),
            valkey.run_temporarily(Path(folder, "valkey"), run),
        ):
            main(data / "questions.json")
