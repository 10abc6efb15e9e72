"""Pages, Numbers and Keynote: by the pages that Apple's programs print into their files, if any.

What the documents are made of is told nowhere.
"""

from collections.abc import Iterator

from documents.parsing import archives
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.pdf import pages

_PREVIEWS = ("quicklook/preview.pdf", "preview.pdf")


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with archives.open_archive(path) as held:
        names = {name.lower(): name for name in held.namelist()}
        found = next((names[name] for name in _PREVIEWS if name in names), None)
        if found is None:
            raise ParseError("unsupported_format")
        printed = held.read(found)
    for item in pages.read_pages(printed, first):
        yield item
        if isinstance(item, int) and first == 1:
            yield note("preview_only")
