"""Elements of XML that a server sends, one after the other and in a time linear to its length.

Expat before 2.6.0, which many a Python still has in it, begins with a tag or a comment anew for
each block of it that comes (CVE-2023-52425): 16 MB of one took seven seconds, and 500 MB would take
hours. None that means anything here is nearly as long.
"""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

BLOCK = 64 * 1024
# Of a tag with its attributes, a comment or the like; text comes in pieces.
MAX_MARKUP_BYTES = 256 * 1024


class _Builder(TreeBuilder):
    """Builds elements, and tells of each that has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[Element] = []

    def end(self, tag: str) -> Element:
        element = super().end(tag)
        self.ended.append(element)
        return element


def read_elements(file: Any) -> Iterator[Element]:
    """Yield each element as it ends. Raises ParseError, DefusedXmlException or ValueError."""
    builder = _Builder()
    parser: Any = DefusedXMLParser(target=builder)
    taken = 0
    try:
        while block := file.read(BLOCK):
            parser.feed(block)
            taken += len(block)
            # What has begun and not ended.
            if taken - parser.parser.CurrentByteIndex > MAX_MARKUP_BYTES:
                raise ValueError("a tag without an end")
            yield from builder.ended
            builder.ended.clear()
        parser.close()
    except (ParseError, DefusedXmlException, ValueError):
        # What stands before the fault is as good as ever.
        yield from builder.ended
        raise
