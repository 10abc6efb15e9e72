"""Read a public web page, through the guard that keeps inside addresses out of reach.

What a page holds is its author's choice, so it is parsed as documents are: in a process of its
own, with bounds on its time and memory.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from tempfile import NamedTemporaryFile

from django.conf import settings
from pydantic import BaseModel, Field

from aiapp.errors import UnsupportedType
from aiapp.http.outgoing import fetch
from aiapp.http.outgoing.fetch_guard import MAX_URL_CHARS
from chat.tools.base import Caller, Outcome
from documents.errors import IngestError
from documents.parsing import process

PARSER = "documents.parsing.parsers.web.excerpt:read_pages"
# An honest page takes less than one. A turn waits for it, and the next tool.
MAX_SECONDS = 5
# Each waits for a process of some 50 MB.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="web_page")


class Arguments(BaseModel):
    url: str = Field(description="The address of a public web page.", max_length=MAX_URL_CHARS)


def is_there() -> bool:
    return settings.FETCH_PAGES


async def run(caller: Caller, arguments: Arguments) -> Outcome:
    page = await fetch.fetch(arguments.url)
    if page.suffix == ".pdf":
        raise UnsupportedType("This is a PDF file; add it to the documents by its address.")
    return Outcome(await asyncio.get_running_loop().run_in_executor(_threads, _read_text, page))


def _read_text(page: fetch.Page) -> str:
    with NamedTemporaryFile(suffix=page.suffix) as file:
        file.write(page.body)
        file.flush()
        try:
            return "".join(process.pages_by(PARSER, file.name, MAX_SECONDS)).strip()
        except IngestError as error:
            raise fetch.PageUnavailable("The text of the page could not be read.") from error
