"""Documents from web pages that somebody names by their address."""

import html
import re

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from yarl import URL

from accounts.models import User
from aiapp.db import in_db
from aiapp.http.outgoing.fetch import Page, fetch
from documents.library import uploads
from documents.models import Collection, Document
from documents.parsing.encodings import decode

_TITLE = re.compile(rb"<title[^>]{0,200}>(.{1,1000}?)</title", re.IGNORECASE | re.DOTALL)
_HEAD = 64 * 1024


async def add(user: User, address: str, collection: Collection | None = None) -> Document:
    """Fetch a page and take it in as a file is. Raises what `fetch` and `uploads.accept` do."""
    page = await fetch(address)
    # The type of a file is found from its content once more, whatever the page's server said.
    file = UploadedFile(ContentFile(page.body), name=filename(page), size=len(page.body))
    return await in_db(uploads.accept, user, file, collection)


def filename(page: Page) -> str:
    """The page's title, else the last part of its address, with the ending of its type."""
    url = URL(page.url)
    title = _find_title(page.body) if page.suffix == ".html" else ""
    name = title or url.name.removesuffix(page.suffix) or url.host or "page"
    # A slash would cut off what stands before it, as of a path.
    return re.sub(r"[\\/]+", " - ", name) + page.suffix


def _find_title(body: bytes) -> str:
    head = body[:_HEAD]
    # One title, at the first place that could be one: trying them all would take long.
    found = _TITLE.match(head, max(0, head.lower().find(b"<title")))
    return " ".join(html.unescape(decode(found[1])).split()) if found else ""
