r"""Marks that are markup: `<source_id>1</source_id>`, `<co: 1>…</co: 1>`, `\cite{1}`, `##1$$`.

Anthropic's and Cohere's models were trained to write an element around what they cite; the number
stands in its beginning or its end, and readers see it behind the words.
"""

import re

from aiapp.markdown.citations.around import may_have_note
from aiapp.markdown.citations.numbers import LABEL, NUMBERS, CitationMark, are_shown, build_mark

_NAMES = (
    *("source_id", "sources", "source", "src", "citation", "citations", "cite", "cit"),
    *("references", "reference", "refs", "ref", "document_id", "document", "doc", "passage"),
    *("chunk", "co", "footnote", "sup", "a"),
)
_TAG = rf"(?:{'|'.join(_NAMES)})"
_ATTRIBUTES = r"[ ][^<>\n]{0,60}"
_FULL = re.compile(
    rf"<(?P<name>{_TAG})(?P<attributes>{_ATTRIBUTES})?>[ ]?(?P<inner><{_TAG}(?:{_ATTRIBUTES})?>)?"
    rf"[\[(]{{0,2}}\^?(?:{LABEL})?(?P<numbers>{NUMBERS})[\])]{{0,2}}(?:\(#[^()\s]{{0,40}}\))?"
    rf"[ ]?</{_TAG}>(?(inner)[ ]?</{_TAG}>)",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"<(?P<name>source|src|citation|cite|cit|ref|reference|doc|document|passage|chunk)[ ]{1,2}"
    rf"(?:id|n|ref|number|source|doc)=[\"']?(?P<numbers>{NUMBERS})[\"']?[ ]?/?>(?:</(?P=name)>)?",
    re.IGNORECASE,
)
# Cohere: `<co: 1,2>so</co: 1,2>`. Anthropic: `<cite index="1-3,2-1:4">so</cite>`, which are
# sentences 3 of the first passage and 1 to 4 of the second.
_COHERE = re.compile(r"<(?P<end>/)?co: ?(?P<numbers>\d{1,3}(?:, ?\d{1,3}){0,19})>")
_CITE = re.compile(r"<cite index=[\"'](?P<places>\d{1,3}(?:[-:,. ]{1,2}\d{1,4}){0,39})[\"']>")
_CITE_END = "</cite>"
_LATEX = re.compile(rf"\\(?:cite[pt]?|textsuperscript)\{{\[?(?P<numbers>{NUMBERS})\]?\}}")
_BRACES = re.compile(
    rf"\{{{{1,2}}(?:cite|citation):? ?(?P<numbers>{NUMBERS})\}}{{1,2}}", re.IGNORECASE
)
_HASHES = re.compile(r"##(?P<numbers>\d{1,3})\$\$")
# What may become one, where no more has come.
_UNFINISHED = {
    "#": re.compile(r"##?\d{0,3}\$?"),
    "$": re.compile(r"\$(?:\^[\d{}\[\], ]{0,40})?"),
    "{": re.compile(
        r"\{{1,2}(?:c|ci|cit|cite|citat|citati|citatio|citation|cita)?[: ]{0,2}[\d, \-]{0,40}\}?"
    ),
    "\\": re.compile(
        r"\\(?:c|ci|cit|(?:cite[pt]?|textsuperscript)(?:\{[\[\d, \-\]]{0,40})?"
        rf"|{'|'.join('textsuperscript'[:n] for n in range(1, 15))})?"
    ),
}
_BEGINNINGS = {name[:n] for name in _NAMES for n in range(len(name))}
_UNFINISHED_TAG = re.compile(r"</?(?P<name>[a-z_]{0,12})(?P<rest>[ :>].*)?", re.IGNORECASE)
_UNFINISHED_CONTENT = re.compile(
    r" ?(?:<[a-z_]{0,12}(?: [^<>\n]{0,60})?>?)?[\[(]{0,2}\^?[^\W\d_]{0,16}[ .:_#-]{0,3}"
    r"[\d,;& \-\u2013]{0,40}[\])]{0,2}(?:\(#?[^()\s]{0,40}\)?)?(?: ?<(?:/[a-z_]{0,12}>?)?){0,2}",
    re.IGNORECASE,
)
_OPENING = re.compile(r"<[a-z]", re.IGNORECASE)
_CLOSING = re.compile(r"</[a-z_]{1,12}>", re.IGNORECASE)
# Signs at which one may begin, where no code and no formula is open.
SIGNS = "<\\{#$"


def match_markup(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    """The mark that stands at one of these signs."""
    match text[at]:
        case "<":
            return _match_element(text, at, before, shown)
        case "\\":
            return build_mark(_LATEX.match(text, at), shown, bracketed=True)
        case "{":
            return build_mark(_BRACES.match(text, at), shown, bracketed=True)
        case _:
            return build_mark(_HASHES.match(text, at), shown, bracketed=True)


def _match_element(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    if text.startswith(_CITE_END, at):
        return CitationMark(len(_CITE_END), (), ends=True)
    around = _match_around(text, at, shown)
    return around or _match_whole(text, at, before, shown)


def _match_around(text: str, at: int, shown: int) -> CitationMark | None:
    """An element's beginning or end, around what is cited; numbers of nothing are left out."""
    if found := _COHERE.match(text, at):
        numbers = _keep_shown(re.findall(r"\d+", found["numbers"]), shown)
        return CitationMark(len(found[0]), numbers if found["end"] else ())
    if found := _CITE.match(text, at):
        passages = (place.split("-")[0] for place in re.split("[, ]+", found["places"]))
        numbers = _keep_shown(re.findall(r"\d+", " ".join(passages)), shown)
        return CitationMark(len(found[0]), (), around=numbers)
    return None


def _match_whole(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    """An element in which nothing but numbers stands."""
    if found := _EMPTY.match(text, at):
        return build_mark(found, shown, bracketed=True)
    found = _FULL.match(text, at)
    if found is None:
        return None
    name, attributes = found["name"].lower(), found["attributes"] or ""
    is_power = name == "sup" and not may_have_note(before)
    is_link = name == "a" and attributes and "#" not in attributes
    return None if is_power or is_link else build_mark(found, shown, bracketed=True)


def _keep_shown(numbers: list[str], shown: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(n for n in map(int, numbers) if are_shown((n,), shown)))


def may_become_markup(rest: str) -> bool:
    """Return whether what stands at the end may be the beginning of such a mark."""
    if rest[0] != "<":
        return _UNFINISHED[rest[0]].fullmatch(rest) is not None
    tag = _UNFINISHED_TAG.fullmatch(rest)
    if tag is None:
        return False
    name, more = tag["name"].lower(), tag["rest"]
    if not more:
        return name in _BEGINNINGS or name in _NAMES
    return name in _NAMES and _is_open_element(rest, name)


def _is_open_element(rest: str, name: str) -> bool:
    end = rest.find(">")
    if end < 0 or rest.startswith("</"):
        return end < 0 and "\n" not in rest
    if name == "sup":
        return "</sup>" not in rest.lower()
    if rest[end - 1] == "/" or _COHERE.match(rest) or _CITE.match(rest):
        return False
    is_whole = len(_CLOSING.findall(rest)) >= len(_OPENING.findall(rest))
    return not is_whole and _UNFINISHED_CONTENT.fullmatch(rest, end + 1) is not None
