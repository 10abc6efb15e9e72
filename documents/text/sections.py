"""The headings that a place in a text stands under, for texts in Markdown."""

import re
from bisect import bisect_right
from collections.abc import Iterator

SEPARATOR = " › "
MAX_CHARS = 500

# A line of a fence, or a heading with one to six marks; what is fenced is code.
_LINE = re.compile(
    r"^ {0,3}(?:(?P<fence>`{3,}|~{3,})[^\n]*|(?P<marks>#{1,6})[ \t]+(?P<title>[^\n]+))$",
    re.MULTILINE,
)


class Sections:
    """The path of headings at any place; pages are added in their order and share the path."""

    def __init__(self) -> None:
        self._open: dict[int, str] = {}
        self._starts: list[int] = []
        self._paths: list[str] = []

    def add_page(self, text: str) -> None:
        """Go on to the next page, at whose top the headings of the one before still hold."""
        self._starts, self._paths = [0], [self._path()]
        for start, level, title in _headings(text):
            self._open = {lv: name for lv, name in self._open.items() if lv < level}
            self._open[level] = title
            self._starts.append(start)
            self._paths.append(self._path())

    def at(self, place: int) -> str:
        """The headings at a character of the page that was added last, joined by " › "."""
        return self._paths[bisect_right(self._starts, place) - 1]

    def _path(self) -> str:
        return SEPARATOR.join(self._open[level] for level in sorted(self._open))[:MAX_CHARS]


def _headings(text: str) -> Iterator[tuple[int, int, str]]:
    fence = ""
    for line in _LINE.finditer(text):
        if mark := line["fence"]:
            if not fence:
                fence = mark
            elif mark.startswith(fence):
                fence = ""
        elif not fence:
            title = line["title"][:MAX_CHARS].rstrip("# \t")
            yield line.start(), len(line["marks"]), " ".join(title.split())
