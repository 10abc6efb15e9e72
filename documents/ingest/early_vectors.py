"""Vectors of a new document's first passages, made while the rest of its pages is read.

A service that embeds for a fee is waited for, and a page takes time to be read: one goes on beside
the other. The passages are cut from the pages in the same way as later, when all are saved, and a
vector is found again by the text that it is of. What has been embedded of a document that cannot be
read to its end was in vain, so it is never more than the first `MAX_PASSAGES`.
"""

from array import array
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import Self

from django.conf import settings

from aiapp.llm.embedding.client import embed_batch
from aiapp.llm.errors import ModelError
from aiapp.text.columns import put_above
from documents.models import EmbeddingSpace, Version
from documents.models.tuning import Tuning
from documents.parsing.formats import FORMATS
from documents.parsing.process import Item, PageText
from documents.spaces.spaces import get_searched_space
from documents.spaces.storing import compose_embedding_text
from documents.text.chunking import pieces

MAX_PASSAGES = 512
# The number, the start and the text of a page, as passages are cut from them.
Pages = SimpleQueue[tuple[int, int, str] | None]


class EarlyVectors:
    """Embeds the first passages of one version in a thread of its own, from its first page on."""

    def __init__(self, version: Version, space: EmbeddingSpace | None) -> None:
        """Without a space nothing is embedded."""
        self.space = space
        self._version = version
        # Single precision, in which vectors are asked for, takes a sixth of a list's memory.
        self._vectors: dict[str, array[float]] = {}
        self._tuning = Tuning.of(version.document.collection)
        self._pages: Pages = SimpleQueue()
        self._chars = 0
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="embed early", daemon=True)

    @classmethod
    def of(cls, version: Version) -> Self:
        """Return one that embeds, unless the vectors may be those of an earlier version."""
        is_first = version.document.current_id is None
        return cls(version, get_searched_space() if is_first else None)

    def listen(self, items: Iterable[Item]) -> Iterator[Item]:
        """Pass on what is read of a file, from its first page on, and take its pages."""
        for item in items:
            if isinstance(item, PageText):
                self.add(item.number, item.text)
            yield item

    def add(self, number: int, text: str) -> None:
        """Take the next page, unless the pages before are enough."""
        most = MAX_PASSAGES * self._tuning.chunk_chars
        if self.space is None or self._is_over.is_set() or self._chars > most:
            return
        self._pages.put((number, 0, text))
        self._chars += len(text)
        # A document of less than a batch is not worth a thread.
        if self._chars >= self._size * self._tuning.chunk_chars and self._thread.ident is None:
            self._thread.start()

    def close(self) -> None:
        """Stop after what the service has been asked for, without waiting for it."""
        self._is_over.set()
        self._pages.put(None)

    def finish(self) -> None:
        """Stop, and wait until the vectors that the service has been asked for are there."""
        self.close()
        if self._thread.is_alive():
            self._thread.join()

    def find(self, text: str, space: EmbeddingSpace) -> list[float] | None:
        """Return the vector of a text in a space, if it was made."""
        vector = self._vectors.get(text) if space == self.space else None
        return None if vector is None else list(vector)

    @property
    def _size(self) -> int:
        return min(settings.EMBEDDING_BATCH, MAX_PASSAGES)

    def _run(self) -> None:
        batch: list[str] = []
        for text in self._cut():
            batch.append(text)
            if len(batch) < self._size:
                continue
            if self._is_over.is_set():
                break
            try:
                vectors = embed_batch(batch, self.space)
            except ModelError:
                # Whoever embeds the rest meets it again, and says so.
                break
            for each, vector in zip(batch, vectors, strict=True):
                self._vectors[each] = array("f", vector)
            batch.clear()
            if len(self._vectors) + self._size > MAX_PASSAGES:
                break
        self._is_over.set()

    def _cut(self) -> Iterator[str]:
        document = self._version.document
        kind = FORMATS[self._version.media_type]
        pages = iter(self._pages.get, None)
        has_tables = not kind.is_code
        for piece in pieces(pages, self._tuning, headed=kind.headed, has_tables=has_tables):
            text = put_above(piece.columns, piece.text)
            yield compose_embedding_text(document.title, piece.heading, text)
