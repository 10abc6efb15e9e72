"""The notes on what an OpenDocument file hides from its readers, and is read all the same."""

from collections.abc import Iterable, Iterator

from documents.parsing.notes import Note, note
from documents.parsing.parsers.office.packages import Element, attribute, descendants, local

_PROPERTIES = {
    ("table-properties", "display", "false"),
    ("drawing-page-properties", "visibility", "hidden"),
    ("text-properties", "display", "none"),
}
_TEXTS = {"p", "h", "span", "section"}
_FIELDS = {"hidden-text", "hidden-paragraph"}


def list_styles(roots: Iterable[Element]) -> set[str]:
    """Return the names of the styles of what is hidden."""
    return {
        attribute(style, "name")
        for root in roots
        for style in descendants(root, "style")
        for each in style
        for kind, name, value in _PROPERTIES
        if local(each) == kind and attribute(each, name) == value
    }


def describe(part: Element, styles: set[str]) -> Iterator[Note]:
    """Yield notes on the texts and rows of a part that are hidden."""
    texts = sum(_is_hidden_text(each, styles) for each in part.iter("{*}*"))
    rows = sum(
        attribute(row, "visibility") in {"collapse", "filter"} and _says_anything(row)
        for row in descendants(part, "table-row")
    )
    for code, count in (("text_hidden", texts), ("rows_hidden", rows)):
        if count:
            yield note(code, count=count)


def _is_hidden_text(element: Element, styles: set[str]) -> bool:
    name = local(element)
    if name in _FIELDS:
        return attribute(element, "is-hidden") == "true"
    if name not in _TEXTS or not _says_anything(element):
        return False
    is_section = name == "section" and attribute(element, "display") == "none"
    return is_section or attribute(element, "style-name") in styles


def _says_anything(element: Element) -> bool:
    return any(text.strip() for text in element.itertext())
