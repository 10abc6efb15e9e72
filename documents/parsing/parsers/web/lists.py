"""Numbers of lists on web pages: letters and Roman numbers, from where they begin."""

from bs4 import BeautifulSoup
from bs4.element import Tag

from documents.parsing.parsers.numerals import write

_KINDS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_STYLES = {
    "lower-alpha": "lowerLetter", "lower-latin": "lowerLetter",
    "upper-alpha": "upperLetter", "upper-latin": "upperLetter",
    "lower-roman": "lowerRoman", "upper-roman": "upperRoman", "lower-greek": "lowerGreek",
    "decimal-leading-zero": "decimalZero", "hebrew": "hebrew1", "thai": "thaiNumbers",
    "devanagari": "hindiNumbers",
    "cjk-ideographic": "chineseCountingThousand", "chinese-informal": "chineseCountingThousand",
    "simp-chinese-formal": "chineseLegalSimplified",
    "trad-chinese-formal": "ideographLegalTraditional", "cjk-decimal": "ideographDigital",
    "cjk-heavenly-stem": "ideographTraditional", "cjk-earthly-branch": "ideographZodiac",
    "japanese-informal": "japaneseCounting", "japanese-formal": "japaneseLegal",
    "hiragana": "hiragana", "katakana-iroha": "iroha", "katakana": "aiueo",
    "korean-hangul-formal": "koreanCounting", "hangul-consonant": "chosung", "hangul": "ganada",
}  # fmt: skip


def number(soup: BeautifulSoup) -> dict[int, str]:
    """Return what stands before the items of numbered lists, by the elements' identities."""
    labels: dict[int, str] = {}
    for listed in soup("ol"):
        items = [each for each in listed.children if isinstance(each, Tag) and each.name == "li"]
        step = -1 if listed.has_attr("reversed") else 1
        count = _read_number(listed, "start", len(items) if step < 0 else 1)
        kind = _find_kind(listed)
        for item in items:
            count = _read_number(item, "value", count)
            labels[id(item)] = f"{write(count, kind)}."
            count += step
    return labels


def _find_kind(listed: Tag) -> str:
    style = str(listed.get("style", "")).lower()
    named = next((kind for name, kind in _STYLES.items() if name in style), "")
    return named or _KINDS.get(str(listed.get("type", "")), "decimal")


def _read_number(element: Tag, name: str, otherwise: int) -> int:
    told = str(element.get(name, "")).strip()[:9]
    return (
        int(told)
        if told.removeprefix("-").isascii() and told.removeprefix("-").isdigit()
        else otherwise
    )
