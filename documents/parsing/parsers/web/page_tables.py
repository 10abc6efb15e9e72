"""Tables of web pages: of data, row by row, or those that only lay out a page."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from bs4 import BeautifulSoup
from bs4.element import Tag
from markdownify import MarkdownConverter

from documents.parsing import tables

_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
# A page that is laid out in a table has few rows, and other tables in them.
_MAX_ROWS_OF_LAYOUT = 2
# What lies deeper in others is layout, or made to keep us busy.
_MAX_DEPTH = 12

Rows = list[list[Tag]]


class Table(NamedTuple):
    """A table with the cells of its own rows, and in how many others it lies."""

    element: Tag
    rows: Rows
    depth: int


class PageConverter(MarkdownConverter):
    """Writes the tables of a page in our way, and the rest in the library's."""

    def __init__(self, found: list[Table], labels: dict[int, str], **options: Any) -> None:
        super().__init__(**options)
        # Of items of lists, by their elements.
        self._labels = labels
        # By their elements, which live as long as the page does.
        self._rows = {id(each.element): each.rows for each in found}
        self._texts: dict[int, str] = {}

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        label = self._labels.get(id(el))
        if label is None:
            return str(super().convert_li(el, text, parent_tags))  # type: ignore[misc]
        indented = text.strip().replace("\n", f"\n{' ' * (len(label) + 1)}")
        return f"{label} {indented}\n" if indented else "\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "table" not in parent_tags:
            return text
        self._texts[id(el)] = text.strip()
        return ""

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text.strip()

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        rows = tables.lay_out(self._read_rows(self._rows.get(id(el), [])))
        is_inner = "table" in parent_tags
        write = tables.format_inner_table if is_inner else tables.format_table
        # What is left of the text is the caption.
        blocks = filter(None, [text.strip(), "\n".join(write(rows)).strip()])
        return "\n\n" + "\n\n".join(blocks) + "\n\n"

    def convert_caption(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text.strip()

    def _read_rows(self, rows: Rows) -> Iterator[list[tables.Span]]:
        for row in rows:
            yield [self._read_cell(cell) for cell in row]

    def _read_cell(self, cell: Tag) -> tables.Span:
        text = self._texts.get(id(cell), "")
        return tables.Span(text, _span(cell, "colspan"), _span(cell, "rowspan"))


def find_tables(soup: BeautifulSoup) -> list[Table]:
    """Return the tables of a page, in one walk over it."""
    found: list[Table] = []
    # Where the walk is: the children still to come, and the table around them.
    ways: list[tuple[Iterator[Any], Table | None]] = [(iter(soup.children), None)]
    while ways:
        children, around = ways[-1]
        child = next(children, None)
        if child is None:
            ways.pop()
        elif isinstance(child, Tag):
            if child.name == "table":
                around = Table(child, [], around.depth + 1 if around else 0)
                found.append(around)
            elif around and child.name == "tr":
                around.rows.append([])
            elif around and around.rows and child.name in {"td", "th"}:
                around.rows[-1].append(child)
            ways.append((iter(child.children), around))
    return found


def unfold_layout(found: list[Table]) -> None:
    """Have tables that only lay out a page be blocks, one below the other."""
    for table in found:
        if table.depth > _MAX_DEPTH or _has_layout(table):
            table.element.name = "div"
            for part in table.element("caption", recursive=False):
                part.name = "div"
            for row in table.rows:
                for cell in row:
                    cell.name = "div"
                    if cell.parent is not None and cell.parent.name == "tr":
                        cell.parent.name = "div"


def _has_layout(table: Table) -> bool:
    if table.element.get("role") in {"presentation", "none"}:
        return True
    wide = sum(sum(map(_has_text, row)) > 1 for row in table.rows)
    if not wide:
        return True
    cells = [cell for row in table.rows for cell in row]
    if any(cell.name == "th" for cell in cells):
        return False
    if any(cell.find(_HEADINGS) is not None for cell in cells):
        return True
    return wide <= _MAX_ROWS_OF_LAYOUT and any(cell.find("table") is not None for cell in cells)


def _has_text(cell: Tag) -> bool:
    return any(text.strip() for text in cell.strings)


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name, ""))[:5]
    return int(value) if value.isascii() and value.isdigit() else 1
