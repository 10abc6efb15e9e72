"""The styles of OpenDocument that raise or lower the characters that have them."""

from collections.abc import Iterable, Mapping

from documents.parsing.parsers.office.packages import Element, attribute, child, descendants

MAX_PARENTS = 20
# In percent of the letters; less is done to those of full size that do not sit well.
MIN_MOVED, FULL_SIZE = 15, 100


class Heights:
    """The heights of styles by their names: above 0 is raised, below 0 lowered."""

    def __init__(self, roots: Iterable[Element] = ()) -> None:
        self._own: dict[str, int] = {}
        self._parents: dict[str, str] = {}
        for root in roots:
            for style in descendants(root, "style"):
                if attribute(style, "family") == "text":
                    self._read(style)

    def _read(self, style: Element) -> None:
        name = attribute(style, "name")
        self._parents[name] = attribute(style, "parent-style-name")
        properties = child(style, "text-properties")
        position = attribute(properties, "text-position") if properties is not None else ""
        if position:
            self._own[name] = _read_position(*position.split()[:2])

    def find(self, style: str) -> int:
        for _ in range(MAX_PARENTS):
            if style in self._own or not style:
                break
            style = self._parents.get(style, "")
        return self._own.get(style, 0)


def _read_position(told: str, size: str = "100%") -> int:
    if told in _NAMED:
        return _NAMED[told]
    by, of = _read_percent(told), _read_percent(size)
    if not by or (abs(by) < MIN_MOVED and of >= FULL_SIZE):
        return 0
    return -1 if by < 0 else 1


def _read_percent(told: str) -> int:
    number = told.removesuffix("%").split(".")[0]
    return int(number) if number.removeprefix("-").isdigit() and len(number) < 8 else 0  # noqa: PLR2004


_NAMED: Mapping[str, int] = {"super": 1, "sub": -1}
