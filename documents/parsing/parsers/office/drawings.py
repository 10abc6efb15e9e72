"""Charts and diagrams of Office: what they are called and what they show, as tables and lists."""

from collections.abc import Iterator

from documents.parsing import tables
from documents.parsing.parsers.office.drawn_text import read_paragraph
from documents.parsing.parsers.office.packages import Element, child, descendants, local


def read_chart(root: Element) -> Iterator[str]:
    """The title, the axes' titles, and the values that were drawn."""
    titles = [text for each in descendants(root, "title") if (text := _text(each))]
    if titles:
        yield f"Chart: {', '.join(dict.fromkeys(titles))}"
    series = list(descendants(root, "ser"))
    names = [_text(found) if (found := child(each, "tx")) is not None else "" for each in series]
    columns = [_values(each, "val", "yVal") for each in series]
    labels: dict[int, str] = {}
    for each in series:
        labels = _values(each, "cat", "xVal") or labels
    places = sorted({*labels, *(place for column in columns for place in column)})
    rows = [[labels.get(n, ""), *(column.get(n, "") for column in columns)] for n in places]
    if rows or any(names):
        yield from tables.format_table([["Category", *names], *rows])


def read_diagram(root: Element) -> Iterator[str]:
    """The texts of a diagram's points, as they are listed."""
    texts = [text for each in descendants(root, "pt") if (text := _text(each))]
    if texts:
        yield "\n".join(f"- {text}" for text in texts)


def _text(element: Element) -> str:
    """The words in an element: runs of one paragraph, or the value that a cell had."""
    paragraphs = list(descendants(element, "p"))
    if paragraphs:
        lines = (read_paragraph(each) for each in paragraphs)
    else:
        lines = (each.text or "" for each in descendants(element, "v"))
    return " ".join(" ".join(lines).split())


def _values(series: Element, *names: str) -> dict[int, str]:
    """The points of a series by their places, the labels' levels joined."""
    values: dict[int, str] = {}
    for name in names:
        found = child(series, name)
        if found is None:
            continue
        for point in descendants(found, "pt"):
            text = "".join(each.text or "" for each in point if local(each) == "v")
            place = str(point.get("idx", ""))
            if text and place.isdigit():
                known = values.get(int(place))
                values[int(place)] = f"{text} {known}" if known else text
    return values
