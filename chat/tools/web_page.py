"""Read a public web page, through the guard that keeps inside addresses out of reach."""

import asyncio

from django.conf import settings
from markdownify import markdownify
from pydantic import BaseModel, Field

from aiapp import fetch
from aiapp.errors import UnsupportedType
from aiapp.fetch_guard import LONGEST_URL
from chat.tools.base import Caller, Outcome


class Arguments(BaseModel):
    url: str = Field(description="The address of a public web page.", max_length=LONGEST_URL)


def is_there() -> bool:
    return settings.FETCH_PAGES


async def run(caller: Caller, asked: Arguments) -> Outcome:
    page = await fetch.fetch(asked.url)
    if page.suffix == ".pdf":
        raise UnsupportedType("This is a PDF file; add it to the documents by its address.")
    return Outcome(await asyncio.to_thread(_text, page))


def _text(page: fetch.Page) -> str:
    text = page.body.decode("utf-8-sig", "replace")
    if page.suffix != ".html":
        return text
    return str(markdownify(text, strip=["a", "img", "script", "style"])).strip()
