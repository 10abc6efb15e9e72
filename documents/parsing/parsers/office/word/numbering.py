"""Numbers of paragraphs: "3.2" of a clause is nowhere in the text, and is what people ask for."""

from dataclasses import dataclass, replace

from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    Package,
    attribute,
    child,
    descendants,
    local,
)

_KOREAN = "가나다라마바사아자차카타파하"
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc")),
    *((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MAX_ROMAN, _MAX_LEVEL = 3999, 8
# In half points; less is done to letters that do not sit well.
MIN_MOVED = 2


@dataclass(frozen=True, slots=True)
class Style:
    """A style of paragraphs: the heading's level, and the list that they are in."""

    name: str = ""
    heading: int = 0
    list_id: str = ""
    level: int = 0
    # Of a style of characters, whether they are raised or lowered.
    height: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    kind: str = "decimal"
    text: str = ""
    start: int = 1


class Numbering:
    """The styles and lists of a document, and how far each list has been counted."""

    def __init__(self, package: Package, part: str) -> None:
        self.styles: dict[str, Style] = {}
        self._levels: dict[str, dict[int, Level]] = {}
        self._lists: dict[str, str] = {}
        self._counts: dict[str, list[int]] = {}
        self._parents: dict[str, str] = {}
        try:
            for name in package.find_related(part, "styles"):
                self._read_styles(package.parse(name))
            for name in package.find_related(part, "numbering"):
                self._read_lists(package.parse(name))
        except BROKEN:
            # The text can be read without.
            return

    def _read_styles(self, root: Element) -> None:
        for each in descendants(root, "style"):
            key = attribute(each, "styleId")
            parent = child(each, "basedOn")
            self._parents[key] = attribute(parent, "val") if parent is not None else ""
            name = child(each, "name")
            properties = child(each, "pPr")
            list_id, level = find_list(properties)
            self.styles[key] = Style(
                attribute(name, "val") if name is not None else "",
                find_heading(properties),
                list_id,
                level,
                find_height(child(each, "rPr")) or 0,
            )

    def style(self, key: str) -> Style:
        """A style with what it has from those that it is based on."""
        own = self.styles.get(key, Style(key))
        found, seen = own, {key}
        while (key := self._parents.get(key, "")) and key not in seen:
            seen.add(key)
            parent = self.styles.get(key, Style())
            found = Style(
                own.name,
                found.heading or parent.heading or _heading_of_name(parent.name),
                found.list_id or parent.list_id,
                found.level or parent.level,
                found.height or parent.height,
            )
        return replace(found, heading=found.heading or _heading_of_name(own.name))

    def height(self, run: Element) -> int:
        """Return how a run of characters stands: above 0 raised, below 0 lowered."""
        properties = child(run, "rPr")
        if properties is None:
            return 0
        own, named = find_height(properties), child(properties, "rStyle")
        if own is None and named is not None:
            return self.style(attribute(named, "val")).height
        return own or 0

    def _read_lists(self, root: Element) -> None:
        for each in root:
            if local(each) == "abstractNum":
                levels = {}
                for level in each:
                    if local(level) == "lvl":
                        levels[_number(attribute(level, "ilvl"))] = _read_level(level)
                self._levels[attribute(each, "abstractNumId")] = levels
            elif local(each) == "num":
                abstract = child(each, "abstractNumId")
                if abstract is not None:
                    self._lists[attribute(each, "numId")] = attribute(abstract, "val")

    def has_list(self, list_id: str) -> bool:
        return list_id in self._lists and list_id != "0"

    def count(self, list_id: str, depth: int) -> str:
        """Count a paragraph, and return what stands before it: "3.2", "(a)", "-"."""
        abstract = self._lists[list_id]
        levels = self._levels.get(abstract, {})
        depth = min(max(depth, 0), _MAX_LEVEL)
        counts = self._counts.setdefault(
            abstract, [levels.get(n, Level()).start - 1 for n in range(_MAX_LEVEL + 1)]
        )
        counts[depth] += 1
        for deeper in range(depth + 1, _MAX_LEVEL + 1):
            counts[deeper] = levels.get(deeper, Level()).start - 1
        level = levels.get(depth, Level("bullet"))
        if level.kind in {"bullet", "none"}:
            return "-" if level.kind == "bullet" else ""
        text = level.text or f"%{depth + 1}."
        for place in range(depth + 1):
            kind = levels.get(place, Level()).kind
            shown = max(counts[place], levels.get(place, Level()).start)
            text = text.replace(f"%{place + 1}", _write(shown, kind))
        return text.strip()


def find_heading(properties: Element | None) -> int:
    """The level of a heading that a paragraph's properties give it; 0 if it is none."""
    outline = child(properties, "outlineLvl") if properties is not None else None
    level = _number(attribute(outline, "val"), 9) if outline is not None else 9
    return level + 1 if level < 6 else 0  # noqa: PLR2004 - Markdown has six, Word ten


def find_height(properties: Element | None) -> int | None:
    """Return whether properties raise or lower what they are for; None if they do not say."""
    if properties is None:
        return None
    aligned, moved = child(properties, "vertAlign"), child(properties, "position")
    if aligned is not None:
        return {"superscript": 1, "subscript": -1}.get(attribute(aligned, "val"), 0)
    by = attribute(moved, "val") if moved is not None else ""
    if not by.removeprefix("-").isdigit() or abs(int(by)) < MIN_MOVED:
        return None
    return -1 if by.startswith("-") else 1


def find_list(properties: Element | None) -> tuple[str, int]:
    """The list that a paragraph's properties put it in, and how deep."""
    numbered = child(properties, "numPr") if properties is not None else None
    if numbered is None:
        return "", 0
    list_id, level = child(numbered, "numId"), child(numbered, "ilvl")
    return (
        attribute(list_id, "val") if list_id is not None else "",
        _number(attribute(level, "val")) if level is not None else 0,
    )


def _heading_of_name(name: str) -> int:
    name = name.lower()
    if name == "title":
        return 1
    word, _, number = name.partition(" ")
    return int(number) if word == "heading" and number in "123456" and number else 0


def _read_level(level: Element) -> Level:
    kind, text, start = child(level, "numFmt"), child(level, "lvlText"), child(level, "start")
    return Level(
        attribute(kind, "val") if kind is not None else "decimal",
        attribute(text, "val") if text is not None else "",
        _number(attribute(start, "val"), 1) if start is not None else 1,
    )


def _number(text: str, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() else otherwise


def _write(number: int, kind: str) -> str:
    if kind in {"lowerLetter", "upperLetter"} and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 10)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in {"lowerRoman", "upperRoman"} and 0 < number <= _MAX_ROMAN:
        roman = ""
        for value, letters in _ROMAN:
            roman += letters * (number // value)
            number %= value
        return roman.upper() if kind == "upperRoman" else roman
    if kind == "ganada" and 0 < number <= len(_KOREAN):
        return _KOREAN[number - 1]
    return f"{number:02}" if kind == "decimalZero" else str(number)
