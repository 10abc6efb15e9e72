"""Numbers of paragraphs: "3.2" of a clause is nowhere in the text, and is what people ask for."""

from dataclasses import dataclass, replace

from documents.parsing.parsers.numerals import write
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    Package,
    attribute,
    child,
    descendants,
    local,
)

_MAX_LEVEL = 8
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
    # Whether the numbers of levels above are written in digits, whatever they are there.
    is_legal: bool = False
    # The style whose paragraphs are on this level.
    style: str = ""


class Numbering:
    """The styles and lists of a document, and how far each list has been counted."""

    def __init__(self, package: Package, part: str) -> None:
        self.styles: dict[str, Style] = {}
        self._levels: dict[str, dict[int, Level]] = {}
        self._lists: dict[str, str] = {}
        self._counts: dict[str, list[int]] = {}
        self._parents: dict[str, str] = {}
        # Of lists that begin again with numbers of their own, until they are first come upon.
        self._restarts: dict[str, dict[int, int]] = {}
        # Lists that are those of a style.
        self._named: dict[str, str] = {}
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
        own, own_key = self.styles.get(key, Style(key)), key
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
        level = found.level or self._level_of(found.list_id, own_key)
        return replace(found, heading=found.heading or _heading_of_name(own.name), level=level)

    def _level_of(self, list_id: str, style: str) -> int:
        levels = self._levels_of(list_id)
        return next((n for n, level in levels.items() if style and level.style == style), 0)

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
                key = attribute(each, "abstractNumId")
                self._levels[key] = _read_levels(each)
                link = child(each, "numStyleLink")
                if link is not None:
                    self._named[key] = attribute(link, "val")
            elif local(each) == "num":
                abstract = child(each, "abstractNumId")
                if abstract is not None:
                    key = attribute(each, "numId")
                    self._lists[key] = attribute(abstract, "val")
                    self._read_overrides(key, each)

    def _read_overrides(self, key: str, listed: Element) -> None:
        """Note what a list has other than the one that it is a copy of."""
        for override in listed:
            if local(override) != "lvlOverride":
                continue
            depth = _number(attribute(override, "ilvl"))
            start, own = child(override, "startOverride"), _read_levels(override)
            if own:
                base = self._levels.get(self._lists[key], {})
                # Levels of its own, and counts of its own as well.
                self._lists[key] = f"{key} of {self._lists[key]}"
                self._levels[self._lists[key]] = base | own
            if start is not None:
                restart = _number(attribute(start, "val"), 1)
                self._restarts.setdefault(key, {})[depth] = restart

    def _levels_of(self, list_id: str) -> dict[int, Level]:
        abstract = self._lists.get(list_id, "")
        named = self._named.get(abstract)
        if named is not None:
            abstract = self._lists.get(self.styles.get(named, Style()).list_id, abstract)
        return self._levels.get(abstract, {})

    def has_list(self, list_id: str) -> bool:
        return list_id in self._lists and list_id != "0"

    def count(self, list_id: str, depth: int) -> str:
        """Count a paragraph, and return what stands before it: "3.2", "(a)", "-"."""
        abstract = self._lists[list_id]
        levels = self._levels_of(list_id)
        depth = min(max(depth, 0), _MAX_LEVEL)
        counts = self._counts.setdefault(
            abstract, [levels.get(n, Level()).start - 1 for n in range(_MAX_LEVEL + 1)]
        )
        for restarted, start in self._restarts.pop(list_id, {}).items():
            counts[min(restarted, _MAX_LEVEL)] = start - 1
        counts[depth] += 1
        for deeper in range(depth + 1, _MAX_LEVEL + 1):
            counts[deeper] = levels.get(deeper, Level()).start - 1
        level = levels.get(depth, Level("bullet"))
        if level.kind in {"bullet", "none"}:
            return "-" if level.kind == "bullet" else ""
        text = level.text or f"%{depth + 1}."
        for place in range(depth + 1):
            kind = "decimal" if level.is_legal else levels.get(place, Level()).kind
            # Levels above that nothing has been on yet have their first number.
            start = levels.get(place, Level()).start
            shown = start if counts[place] == start - 1 else counts[place]
            text = text.replace(f"%{place + 1}", write(shown, kind))
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


def _read_levels(listed: Element) -> dict[int, Level]:
    return {
        _number(attribute(each, "ilvl")): _read_level(each)
        for each in listed
        if local(each) == "lvl"
    }


def _read_level(level: Element) -> Level:
    told = {local(each): attribute(each, "val") for each in level}
    return Level(
        told.get("numFmt", "decimal"),
        told.get("lvlText", ""),
        _number(told.get("start", ""), 1),
        "isLgl" in told and told["isLgl"] not in {"0", "false", "off"},
        told.get("pStyle", ""),
    )


def _number(text: str, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() else otherwise
