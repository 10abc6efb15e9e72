"""Formulas of Office (OMML) on one line, as one would type them: (a+b)/(2c), x_1^2, √(n)."""

from documents.parsing.parsers.office.packages import Element, attribute, child, local


def write(element: Element) -> str:
    return "".join(_write_one(each) for each in element)


def _write_one(element: Element) -> str:
    name = local(element)
    if name == "t":
        return element.text or ""
    if name in _PARTS:
        return _PARTS[name](element)
    # Settings and deletions have no text, and all else is only around some.
    return "" if name.endswith("Pr") or name in {"del", "moveFrom"} else write(element)


def _part(element: Element, name: str) -> str:
    found = child(element, name)
    return write(found) if found is not None else ""


def _group(text: str) -> str:
    return text if len(text) == 1 or text.isalnum() or not text else f"({text})"


def _fraction(element: Element) -> str:
    return f"{_group(_part(element, 'num'))}/{_group(_part(element, 'den'))}"


def _root(element: Element) -> str:
    degree = _part(element, "deg")
    inside = _part(element, "e")
    return f"root({degree}, {inside})" if degree else f"√({inside})"


def _scripts(element: Element) -> str:
    below, above = _part(element, "sub"), _part(element, "sup")
    text = _part(element, "e")
    text += f"_{_group(below)}" if below else ""
    return text + (f"^{_group(above)}" if above else "")


def _sum(element: Element) -> str:
    sign = child(element, "naryPr", "chr")
    text = attribute(sign, "val") if sign is not None else "∫"
    below, above = _part(element, "sub"), _part(element, "sup")
    text += f"_{_group(below)}" if below else ""
    text += f"^{_group(above)}" if above else ""
    return f"{text} {_part(element, 'e')}"


def _brackets(element: Element) -> str:
    opening, closing = child(element, "dPr", "begChr"), child(element, "dPr", "endChr")
    parts = [write(each) for each in element if local(each) == "e"]
    left = attribute(opening, "val") if opening is not None else "("
    right = attribute(closing, "val") if closing is not None else ")"
    return f"{left}{', '.join(parts)}{right}"


def _matrix(element: Element) -> str:
    rows = [each for each in element if local(each) == "mr"]
    return "; ".join(", ".join(write(cell) for cell in row) for row in rows)


def _limit(element: Element) -> str:
    return f"{_part(element, 'e')}_{_group(_part(element, 'lim'))}"


def _limit_above(element: Element) -> str:
    return f"{_part(element, 'e')}^{_group(_part(element, 'lim'))}"


def _function(element: Element) -> str:
    name, inside = _part(element, "fName"), _part(element, "e")
    return f"{name}{inside}" if inside.startswith("(") else f"{name} {inside}"


def _equations(element: Element) -> str:
    return "; ".join(write(each) for each in element if local(each) == "e")


def _accent(element: Element) -> str:
    sign = child(element, "accPr", "chr")
    mark = attribute(sign, "val") if sign is not None else "\u0302"
    inside = _part(element, "e")
    return f"{inside}{mark}" if len(inside) == 1 else inside


def _scripts_before(element: Element) -> str:
    below, above = _part(element, "sub"), _part(element, "sup")
    text = f"_{_group(below)}" if below else ""
    return text + (f"^{_group(above)} " if above else " ") + _part(element, "e")


_PARTS = {
    "f": _fraction,
    "rad": _root,
    "sSub": _scripts,
    "sSup": _scripts,
    "sSubSup": _scripts,
    "nary": _sum,
    "d": _brackets,
    "m": _matrix,
    "limLow": _limit,
    "limUpp": _limit_above,
    "func": _function,
    "eqArr": _equations,
    "acc": _accent,
    "sPre": _scripts_before,
}
