"""The pages that a search has found: fetched, read in a limited process, cut, and chosen from.

What is read of a page is its author's choice, and what is shown of it to a model is the part that
has the question's words. A page that cannot be read is represented by what the engine showed.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from tempfile import NamedTemporaryFile
from uuid import UUID, uuid5

from django.conf import settings

from aiapp.errors import AppError
from aiapp.http.outgoing import fetch
from chat.tools.web.engines import Hit
from chat.tools.web_page import MAX_SECONDS, PARSER
from documents.errors import IngestError
from documents.parsing import process
from documents.parsing.formats import FORMATS
from documents.search import Passage
from documents.text.words import words

# Of all pages together; the rest of a slow one is not waited for.
SECONDS = 12.0
MAX_PAGE_CHARS = 100_000
MIN_CHARS, MAX_CHARS, MAX_PASSAGES_PER_PAGE = 400, 1_200, 2
# Passages of the web belong to no document.
NO_DOCUMENT = UUID(int=0)
_NAMESPACE = UUID("b1f0c5f4-0f0e-4c58-9d0a-3f2a54a1f2c7")
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="web_search")


async def read_pages(hits: Sequence[Hit], query: str) -> list[Passage]:
    """Return what the pages say that bears on the query, page by page in the engine's order."""
    wanted = hits[: settings.WEB_SEARCH_PAGES]
    tasks = [asyncio.create_task(_read_page(hit), name="web page") for hit in wanted]
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=SECONDS)
    finally:
        late = [task for task in tasks if task.cancel()]
        await asyncio.gather(*late, return_exceptions=True)
    read = ["" if task.cancelled() else task.result() for task in tasks]
    texts = read + [""] * (len(hits) - len(read))
    return await asyncio.to_thread(_choose, hits, texts, query)


async def _read_page(hit: Hit) -> str:
    try:
        page = await fetch.fetch_found(hit.url)
        return await asyncio.get_running_loop().run_in_executor(_threads, _read_text, page)
    except (AppError, IngestError):
        return ""


def _read_text(page: fetch.Page) -> str:
    parser = FORMATS["application/pdf"].parser if page.suffix == ".pdf" else PARSER
    with NamedTemporaryFile(suffix=page.suffix) as file:
        file.write(page.body)
        file.flush()
        found: list[str] = []
        chars = 0
        for text in process.pages_by(parser, file.name, MAX_SECONDS):
            found.append(text)
            chars += len(text)
            if chars > MAX_PAGE_CHARS:
                break
        return "\n\n".join(found)[:MAX_PAGE_CHARS].strip()


def _choose(hits: Sequence[Hit], texts: Sequence[str], query: str) -> list[Passage]:
    wanted = set(words(query))
    passages: list[Passage] = []
    for hit, text in zip(hits, texts, strict=True):
        parts = _select(text, wanted) or ([(0, hit.snippet)] if hit.snippet else [])
        passages += [_build_passage(hit, start, part) for start, part in parts]
    return passages


def _select(text: str, wanted: set[str]) -> list[tuple[int, str]]:
    """Return the parts of a page with the most of the query's words, in their order."""
    parts = _cut(text)
    shares = [(len(wanted & set(words(part))), -n) for n, (_, part) in enumerate(parts)]
    best = sorted(shares, reverse=True)[:MAX_PASSAGES_PER_PAGE]
    # What has far fewer of them than the best part says something else.
    places = sorted(-n for share, n in best if share and share * 2 >= best[0][0])
    return [parts[n] for n in places]


def _cut(text: str) -> list[tuple[int, str]]:
    """Cut a page between its paragraphs into parts that are long enough to say something."""
    parts: list[tuple[int, str]] = []
    start = 0
    while start < len(text):
        end = min(start + MAX_CHARS, len(text))
        if end < len(text):
            for separator in ("\n\n", "\n", ". ", " "):
                place = text.rfind(separator, start + MIN_CHARS, end)
                if place > 0:
                    end = place + len(separator)
                    break
        if part := text[start:end].strip():
            parts.append((start, part))
        start = end
    return parts


def _build_passage(hit: Hit, start: int, text: str) -> Passage:
    return Passage(
        chunk_id=uuid5(_NAMESPACE, f"{hit.url} {text}"),
        version_id=NO_DOCUMENT,
        document_id=NO_DOCUMENT,
        title=hit.title,
        page=None,
        start=start,
        end=start + len(text),
        text=text,
        similarity=None,
        score=1.0,
        address=hit.url,
    )
