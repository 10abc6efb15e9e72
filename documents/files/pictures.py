"""Pictures of strangers made harmless, and read, in a process of its own (`documents.parsing`)."""

import asyncio
import base64
import binascii
import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from documents.errors import CorruptFile
from documents.parsing.process import RESTARTS, PageText, pages_by, parse

T = TypeVar("T")

# A picture takes half a second of a processor; more at once would only wait for each other.
AT_ONCE = 2

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pictures")


@dataclass(frozen=True, slots=True)
class Picture:
    """`data` is a PNG or JPEG file that we have written; width and height are in pixels."""

    media_type: str
    width: int
    height: int
    data: bytes


async def rewrite(data: bytes) -> Picture:
    """A picture without anything but its pixels: upright, small enough for a model.

    Raises an IngestError for what is no PNG, JPEG, GIF or WebP, damaged or too large.
    """
    return await _run_on_thread(_rewrite, data)


async def read_text(picture: Picture) -> str:
    """The words in a picture; "" if there are none. Raises an IngestError."""
    return await _run_on_thread(_read_text, picture.data, picture.media_type)


def _rewrite(data: bytes) -> Picture:
    with tempfile.NamedTemporaryFile(prefix="picture-") as copy:
        copy.write(data)
        copy.flush()
        for page in pages_by("documents.parsing.parsers.media.picture:rewrite", copy.name):
            fields = json.loads(page)
            try:
                fields["data"] = base64.b64decode(fields["data"], validate=True)
            except binascii.Error as error:
                raise CorruptFile from error
            return Picture(**fields)
    raise CorruptFile


def _read_text(data: bytes, media_type: str) -> str:
    with tempfile.NamedTemporaryFile(prefix="picture-") as copy:
        copy.write(data)
        copy.flush()
        pages = [
            item.text
            for item in parse(copy.name, media_type, restarts=RESTARTS)
            if isinstance(item, PageText)
        ]
    return "\n".join(pages).strip()


async def _run_on_thread(function: Callable[..., T], *args: object) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, function, *args)
