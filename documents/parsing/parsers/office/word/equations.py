"""Fields whose code is what people see, such as EQ \\f(1,2): formulas, signs and boxes for clicks.

They have no result, since Word draws them each time.
"""

import re

from documents.parsing.parsers import symbols
from documents.parsing.parsers.numerals import write

_MAX_DEPTH = 20
_SWITCH = re.compile(r"\\([a-zA-Z]{1,2})\s{0,4}(?:-?\d{1,4})?\s{0,4}")
_PLAIN = re.compile(r"[^\\(),;]+")
_SYMBOL = re.compile(
    r'\s*SYMBOL\s+(0x[0-9a-f]{1,4}|\d{1,5})(?:.{0,60}\\f\s*"?([\w ]{1,40}))?', re.I
)
_BUTTON = re.compile(
    r"\s*(?:MACROBUTTON|GOTOBUTTON)\s+\S{1,80}\s+(.{1,400})", re.IGNORECASE | re.DOTALL
)
_EQUATION = re.compile(r"\s*EQ\s", re.IGNORECASE)
# Formats of what is drawn, such as \* jc2 and \* "Font:Arial".
_FORMATS = re.compile(r'\\\*\s{0,4}(?:"[^"]{0,80}"|[\w]{1,20})\s{0,4}')
_FRAMES = "○◯〇△□◇"
_SUMS = {"su": "Σ", "pr": "Π", "in": "∫"}


def show(code: str) -> str:
    """Return what a field of such a kind shows; "" for all others."""
    if equation := _EQUATION.match(code):
        text, _ = _Reader(_FORMATS.sub("", code[equation.end() :])).read(0)
        return " ".join(text.split())
    if found := _SYMBOL.match(code):
        number = int(found[1], 16 if found[1][1:2] in {"x", "X"} else 10)
        return symbols.read_symbol(number, (found[2] or "").strip())
    found = _BUTTON.match(code)
    return " ".join(found[1].split()) if found else ""


class _Reader:
    """Reads an equation from its beginning to its end, what is in brackets within it too."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._at = 0

    def read(self, depth: int) -> tuple[str, list[str]]:
        """Return a text up to its bracket, and the same in its parts."""
        parts, text = [], ""
        while self._at < len(self._code):
            sign = self._code[self._at]
            if sign == ")":
                break
            if sign in ",;" and depth:
                self._at += 1
                parts.append(text.strip())
                text = ""
            else:
                text += self._take(sign, depth)
        parts.append(text.strip())
        return ", ".join(filter(None, parts)), parts

    def _take(self, sign: str, depth: int) -> str:
        if plain := _PLAIN.match(self._code, self._at):
            self._at = plain.end()
            return plain[0]
        switches = []
        while switch := _SWITCH.match(self._code, self._at):
            self._at = switch.end()
            switches.append(switch[1].lower())
        if switches and self._code.startswith("(", self._at):
            return _write(switches, self._read_inside(depth))
        if switches:
            return ""
        if sign == "(":
            return f"({', '.join(self._read_inside(depth))})"
        # A sign that has a meaning is written behind a stroke where it is to have none.
        step = 2 if sign == "\\" else 1
        taken = self._code[self._at + step - 1 : self._at + step]
        self._at += step
        return taken

    def _read_inside(self, depth: int) -> list[str]:
        self._at += 1
        if depth >= _MAX_DEPTH:
            return []
        _, parts = self.read(depth + 1)
        self._at += 1
        return parts


def _write(switches: list[str], parts: list[str]) -> str:
    kind, first, last = switches[0], parts[0] if parts else "", parts[-1] if parts else ""
    if kind == "f" and len(parts) > 1:
        return f"{_group(first)}/{_group(last)}"
    if kind == "r":
        return f"root({first}, {last})" if len(parts) > 1 and first else f"√({last})"
    if kind == "s" and {"up", "do"} & {*switches}:
        return f"{'^' if 'up' in switches else '_'}{_group(first)}"
    if kind == "o":
        return _write_over(parts)
    if kind == "i" and len(parts) > 2:  # noqa: PLR2004 - below, above, and what is summed up
        sign = next((_SUMS[each] for each in switches if each in _SUMS), "∫")
        return f"{sign}_{_group(first)}^{_group(parts[1])} {last}"
    text = ", ".join(filter(None, parts))
    return f"({text})" if kind == "b" else text


def _write_over(parts: list[str]) -> str:
    """Write what is drawn over one another: a number in a circle, or letters and their reading."""
    framed = [part for part in parts if part and part not in _FRAMES]
    if len(framed) < len([part for part in parts if part]):
        text = "".join(framed)
        return write(int(text), "decimalEnclosedCircle") if _is_number(text) else f"({text})"
    return "".join(part for part in parts if not part.startswith(("^", "_"))) or "".join(parts)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 4  # noqa: PLR2004


def _group(text: str) -> str:
    return text if len(text) == 1 or text.isalnum() or not text else f"({text})"
