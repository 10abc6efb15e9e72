"""A file as its parser reads it, without the process in which a stranger's file is read."""

import json
import warnings

from django.conf import settings

from documents.errors import PARSING, CorruptFile
from documents.parsing import child, process
from documents.parsing.formats import FORMATS, load
from documents.parsing.limits import Limits, ParseError


def parse(path: str, media_type: str) -> list[process.Item]:
    """Return what `process.parse` yields of a file that is harmless. Raises an IngestError."""
    limits = Limits(
        memory=settings.PARSE_MEMORY_BYTES,
        max_memory=settings.PARSE_MEMORY_BYTES,
        seconds=settings.PARSE_SECONDS,
        pages=settings.PARSE_MAX_PAGES,
        chars=settings.PARSE_MAX_CHARS,
    )
    try:
        with warnings.catch_warnings():
            # Nobody hears them there.
            warnings.simplefilter("ignore")
            items = load(FORMATS[media_type].parser)(path, 1)
            lines = [json.loads(json.dumps(line)) for line in child.lines(items, 1, limits)]
    except ParseError as error:
        raise PARSING.get(error.code, CorruptFile) from None
    return [process._read_line(line) for line in lines if not {"alive", "end"} & line.keys()]
