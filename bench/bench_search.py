"""The time of a search in 100,000 chunks, and what the vector index misses.

    make bench            or: python bench/bench_search.py [CHUNKS]

One client searches in an embedded PostgreSQL that holds documents of 200 chunks each: texts of
words by Zipf's law, vectors in clusters. One user may read all collections, another one hundredth.
The query's vector comes from an endpoint that answers at once, so that what is measured is the
search; embedding a question with the packaged model adds about ten milliseconds.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from aiapp.embedded import postgres, valkey

CHUNKS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
PER_DOCUMENT = 200
QUERIES = 200
DIMENSION = 384
VOCABULARY = 30_000
WORDS = 150
CLUSTERS = 500
RANDOM = random.Random(7)
NUMBERS = np.random.default_rng(7)
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


def texts(words: list[str]) -> Iterator[str]:
    """As many words as a chunk of a thousand characters has; the commonest make a third of them."""
    shares = 1 / np.arange(1, len(words) + 1)
    shares /= shares.sum()
    order = NUMBERS.permutation(len(words))
    while True:
        for row in NUMBERS.choice(len(words), (1000, WORDS), p=shares):
            yield " ".join(words[order[n]] for n in row)


def vectors() -> Iterator[np.ndarray]:
    centres = NUMBERS.normal(size=(CLUSTERS, DIMENSION))
    while True:
        noise = NUMBERS.normal(size=(1000, DIMENSION))
        block = centres[NUMBERS.integers(CLUSTERS, size=1000)] + noise
        yield from block / np.linalg.norm(block, axis=1, keepdims=True)


def fill() -> dict[str, Any]:
    """The users, one who may read all and one who may read a hundredth; texts to ask for."""
    from django.db import connection, transaction

    from accounts.models import User
    from documents.models import Chunk, Collection, CollectionShare, Document, Version
    from documents.spaces.spaces import active_space
    from documents.spaces.storing import store_chunks, store_vectors
    from documents.text.chunking import Piece

    everyone = User.objects.create(username="everyone", email="everyone@example.org")
    few = User.objects.create(username="few", email="few@example.org")
    open_to_all = [
        Collection.objects.create(owner=everyone, name=f"collection {n}") for n in range(20)
    ]
    own = Collection.objects.create(owner=few, name="own", everyone=False)
    VECTORS["dimension"] = [1.0] + [0.0] * (DIMENSION - 1)
    space = active_space()
    text, vector, words = texts(vocabulary()), vectors(), []
    for number in range(CHUNKS // PER_DOCUMENT):
        collection = own if number % 100 == 0 else open_to_all[number % len(open_to_all)]
        document = Document.objects.create(collection=collection, title=f"Report {number}.pdf")
        version = Version.objects.create(
            document=document,
            filename=document.title,
            media_type="application/pdf",
            size=1,
            sha256=f"{number:064}",
            state="ready",
            stage="done",
            chunk_count=PER_DOCUMENT,
            paged=True,
        )
        body = [next(text) for _ in range(PER_DOCUMENT)]
        pieces = [Piece(n, n // 3 + 1, n * 1000, n * 1000 + len(t), t) for n, t in enumerate(body)]
        with transaction.atomic():
            store_chunks(version, document.title, pieces)
        ids = list(Chunk.objects.filter(version=version).values_list("pk", flat=True))
        store_vectors(space, ids, [next(vector).tolist() for _ in ids])
        document.current = version
        document.save()
        words.append(RANDOM.choice(body))
    CollectionShare.objects.create(collection=own, user=everyone)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"all of them": everyone, "1 % of them": few, "asked": words, "vectors": vector}


def queries(asked: list[str], vector: Iterator[np.ndarray]) -> list[str]:
    """Questions of six to twelve words of a text, common and rare ones as they stand in it."""
    found = []
    for _ in range(QUERIES):
        words = RANDOM.choice(asked).split()
        question = " ".join(RANDOM.sample(words, RANDOM.randint(6, 12)))
        VECTORS[question] = next(vector).tolist()
        found.append(question)
    return found


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


def recall(user: Any, questions: list[str]) -> float:
    """Return the share that a search finds of the ten nearest passages that a user may read."""
    from documents.search import DEPTH, dense
    from documents.search.scope import Scope
    from documents.spaces.spaces import active_space

    space, shares = active_space(), []
    for question in questions[:50]:
        scope = Scope(user)
        found = list(dense.rank(scope, space, VECTORS[question], DEPTH))[:10]
        exact = list(dense.exactly(scope, space, VECTORS[question], 10))
        shares.append(len(set(found) & set(exact)) / len(exact))
    return statistics.mean(shares)


def report(name: str, times: list[float], more: str = "") -> None:
    times.sort()
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"{name:34} {p50:8.1f} {p95:8.1f}  {more}", flush=True)


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", "--no-input", verbosity=0)
    began = time.perf_counter()
    scopes = fill()
    questions = queries(scopes.pop("asked"), scopes.pop("vectors"))
    print(f"{CHUNKS:,} chunks, filled in {time.perf_counter() - began:.0f} s\n")
    print(f"{'milliseconds':34} {'p50':>8} {'p95':>8}  recall@10")
    from documents.search import search

    for who, user in scopes.items():
        for mode in ("lexical", "dense", "hybrid"):
            times = measure(partial(run_search, search, user, mode), questions)
            found = f"{recall(user, questions):.3f}" if mode == "dense" else ""
            report(f"{mode}, a reader of {who}", times, found)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="aiapp-") as folder:
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
            postgres.run_temporarily(Path(folder, "postgres"), run),
            valkey.run_temporarily(Path(folder, "valkey"), run),
        ):
            main()
