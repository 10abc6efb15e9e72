"""Formulas in MathML, of web pages, books and OpenDocument, on one line: (a + b)/2, x^2, √(y)."""

from typing import Any

_PASSED_OVER = {"annotation", "annotation-xml"}
_BETWEEN = {"mfrac": "/", "msup": "^", "msub": "_", "mover": "^", "munder": "_", "mroot": "√"}
_SEPARATED = {"mtable": "; ", "mtr": ", ", "mlabeledtr": ", ", "mfenced": ", "}
_ENCLOSED = {"msqrt": ("√(", ")"), "mfenced": ("(", ")")}
MAX_DEPTH = 60


def write(element: Any, depth: int = 0) -> str:
    """Return a formula as it is read; "" for what is too deep to be one."""
    if not isinstance(element.tag, str) or depth > MAX_DEPTH:
        return ""
    name = element.tag.rpartition("}")[2]
    if name in _PASSED_OVER:
        return ""
    if name == "semantics":
        return write(element[0], depth + 1) if len(element) else ""
    parts = [write(each, depth + 1) for each in element]
    if not parts:
        return " ".join((element.text or "").split())
    return _join(name, parts, element)


def _join(name: str, parts: list[str], element: Any) -> str:
    if name in _BETWEEN and len(parts) > 1:
        return _BETWEEN[name].join(_enclose(part) for part in parts[:2])
    if name in {"msubsup", "munderover"} and len(parts) > 2:  # noqa: PLR2004 - base, below, above
        return f"{parts[0]}_{_enclose(parts[1])}^{_enclose(parts[2])}"
    shown = _SEPARATED.get(name, "").join(filter(None, parts))
    opening, closing = _ENCLOSED.get(name, ("", ""))
    return f"{element.get('open', opening)}{shown}{element.get('close', closing)}"


def _enclose(part: str) -> str:
    return part if len(part) == 1 or part.isalnum() else f"({part})"
