"""The process that reads a stranger's file. Started by `documents.parsing.process` as

    python -m documents.parsing.child PATH MEDIA_TYPE FIRST MEMORY SECONDS PAGES CHARS

It knows neither settings nor secrets, and reaches no network. On stdout it writes JSON objects,
one a line: the number of pages, then each page from FIRST on, with the notes on it before it, then
the end; or the reason why there is none.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace

from documents.parsing.confinement import drop_network
from documents.parsing.formats import Item, load
from documents.parsing.limits import Limits, ParseError
from documents.parsing.notes import Note

# PostgreSQL refuses NUL; other controls are no text, nor is the mark of a text's beginning, which
# stands anywhere in files that were joined.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff]")


def clean(text: str) -> str:
    """Text as it is kept: line feeds, no controls, no half surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROLS.sub("", text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def lines(parsed: Iterator[Item], first: int, limits: Limits) -> Iterator[dict[str, object]]:
    chars = 0
    number = first
    for item in parsed:
        if item is None:
            yield {"alive": True}
            continue
        if isinstance(item, Note):
            # What comes after the last page is about that one, for a reader who goes on later.
            yield replace(item, page=item.page or number).as_line()
            continue
        if isinstance(item, int):
            if item > limits.pages:
                raise ParseError("too_many_pages")
            yield {"pages": item}
            continue
        chars += len(item)
        if chars > limits.chars:
            raise ParseError("too_large")
        yield {"page": number, "text": clean(item)}
        number += 1
    yield {"end": True}


def main(arguments: list[str]) -> None:
    path, parser, first, *bounds = arguments
    limits = Limits(*map(int, bounds))
    # First of all: a library's threads have what they had when they began.
    if not drop_network():
        _write({"network": True})
    # The libraries are loaded before the bounds are set, which are for the file.
    parse = load(parser)
    limits.bind_process()
    try:
        for line in lines(parse(path, int(first)), int(first), limits):
            _write(line)
            limits.allow_another_page()
    except ParseError as error:
        _write({"error": error.code})
    except MemoryError:
        _write({"error": "too_large"})


def _write(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
