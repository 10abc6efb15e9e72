"""Charts and diagrams of Office: what they are called and what they show, as tables and lists."""

from collections.abc import Iterator

from documents.parsing import tables
from documents.parsing.parsers.office.drawn_text import read_paragraph
from documents.parsing.parsers.office.excel import number_formats
from documents.parsing.parsers.office.packages import Element, child, descendants, local


def read_chart(root: Element) -> Iterator[str]:
    """The title, the axes' titles, and the values that were drawn."""
    if "chartex" in str(root.tag):
        yield from _read_new_chart(root)
        return
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


def _read_new_chart(root: Element) -> Iterator[str]:
    """A chart of the kinds that came later, such as a waterfall, whose data stand on their own."""
    titles = [text for each in descendants(root, "title") if (text := _text(each))]
    if titles:
        yield f"Chart: {', '.join(dict.fromkeys(titles))}"
    names = [
        _text(found)
        for each in descendants(root, "series")
        if (found := child(each, "tx")) is not None
    ]
    for number, data in enumerate(each for each in descendants(root, "data") if len(each)):
        columns = [_points(each) for each in data if local(each) in {"strDim", "numDim"}]
        places = sorted({place for column in columns for place in column})
        header = ["Category", *names[number : number + 1]][: len(columns)]
        header += [""] * (len(columns) - len(header))
        rows = [[column.get(n, "") for column in columns] for n in places]
        yield from tables.format_table([header, *rows])


def _points(dimension: Element) -> dict[int, str]:
    """The points of a dimension by their places, those of the innermost level."""
    level = next(descendants(dimension, "lvl"), None)
    values: dict[int, str] = {}
    for point in level if level is not None else ():
        place = str(point.get("idx", ""))
        if place.isdigit() and point.text:
            values[int(place)] = point.text
    return values


def read_descriptions(drawing: Element) -> Iterator[str]:
    """The words for a picture, where its author has given it some, and letters that are drawn."""
    for each in drawing.iter("{*}docPr", "{*}cNvPr"):
        if text := " ".join(each.get("descr", "").split()):
            yield f"[Picture: {text}]"
    for each in descendants(drawing, "textpath"):
        if text := " ".join(each.get("string", "").split()):
            yield text


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
        code = next((each.text or "" for each in descendants(found, "formatCode")), "General")
        for point in descendants(found, "pt"):
            text = "".join(each.text or "" for each in point if local(each) == "v")
            text = _show_value(text, point.get("formatCode", code), found)
            place = str(point.get("idx", ""))
            if text and place.isdigit():
                known = values.get(int(place))
                values[int(place)] = f"{text} {known}" if known else text
    return values


def _show_value(text: str, code: str, series: Element) -> str:
    """A number as its axis shows it: 15 %, a date."""
    if next(descendants(series, "numCache"), None) is None:
        return text
    try:
        return number_formats.show(float(text), code)
    except (ValueError, OverflowError, ArithmeticError):
        return text
