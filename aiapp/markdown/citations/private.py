"""Marks that name sources of a vendor's own, which nobody else can open.

OpenAI's models write `citeturn0search0` between characters for private use, or without them where
a program has taken those out, and 【4†L1-L3】; xAI's write an element for each source. A model that
was trained to do so does it without any search of that kind. Readers see nothing of them; of a mark
that stands for words, as the name of a place, they see the words.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

# Longer ones are text.
MAX_PRIVATE_CHARS = 1_000
_BEGIN, _BETWEEN, _END = "\ue200", "\ue202", "\ue201"
_TURN = r"turn\d{1,4}[a-z]{2,12}\d{1,4}"
# Icons of fonts are such characters as well; a mark says of which kind it is.
_KINDS = ("cite", "filecite", "navlist", "entity", "url", "link_title", "image_group", "video")
_REST = rf"{_BETWEEN}[^{_BEGIN}{_END}]{{0,{MAX_PRIVATE_CHARS}}}"
_PRIVATE = rf"{_BEGIN}(?P<private>[a-z_]{{2,24}}(?:{_REST})?)"
_PRIVATE_OPEN = rf"{_BEGIN}[a-z_]{{0,24}}(?:{_REST})?"
_PLACE = r"【(?P<number>\d{0,4})[^【】†\n]{0,40}"
_LIST = rf"[【\[]{_TURN}(?:[,、 ]{{1,2}}{_TURN}){{0,9}}"
_WORD = rf"(?:file)?cite(?:{_TURN}){{1,20}}"
_ELEMENT = rf"<grok:render\b(?:[^<]|<(?!/?grok:render)){{0,{MAX_PRIVATE_CHARS}}}"
_MARK = re.compile(
    rf" ?(?:{_PRIVATE}{_END}|{_PLACE}†[^【】\n]{{0,100}}】|{_LIST}[】\]]|{_WORD}"
    rf"|{_ELEMENT}</grok:render>)"
)
_CLOSING = "</grok:render>"
# What such a mark may begin with where a text is not finished.
_OPEN = re.compile(
    rf" ?(?:{_PRIVATE_OPEN}|【[^【】\n]{{0,140}}|\[(?:t[\w, ]{{0,200}})?"
    r"|(?:file)?cite(?:turn[a-z\d]{0,400}|t|tu|tur)?"
    rf"|{_ELEMENT}(?:{'|'.join(_CLOSING[:n] for n in range(1, len(_CLOSING)))})?)?"
)
_BEGINNINGS = sorted(
    {word[:n] for word in ("filecite", "cite", "<grok:render") for n in range(1, len(word))},
    key=len,
    reverse=True,
)
# Each alternative begins with a letter of its own, so that other text is passed over fast.
_SIGN = re.compile(
    rf"{_BEGIN}|【|\[(?=t|\Z)|<grok:render|filecite(?=t|\Z)|cite(?=t|\Z)"
    + "".join(rf"|{beginning}\Z" for beginning in _BEGINNINGS)
)
_SIGN_OR_SPACE = re.compile(rf"{_SIGN.pattern}| \Z")
_MAY_GO_ON = re.compile(rf" ?(?:{'|'.join(_BEGINNINGS)})")
# Of these marks the reader is to see the words.
_WORDED = {"entity", "url", "link_title"}


@dataclass(slots=True)
class PrivateMarks:
    """Takes vendors' own marks out of a text while it is written: one for each text.

    A mark with a number of the `shown` passages is passed on. `feed` tells what may be shown,
    `finish` the rest.

    The space before a mark goes with it, but for the first one: in a text without such marks no
    space is held back, since programs may look for words with the space behind them.
    """

    shown: int
    _held: str = ""
    _has_marks: bool = False

    def feed(self, text: str) -> str:
        return self._remove(self._held + text, final=False)

    def finish(self) -> str:
        return self._remove(self._held, final=True)

    def _remove(self, text: str, *, final: bool) -> str:
        self._held = ""
        parts, at = [], 0
        search_from = 0
        while found := self._find_sign(text, search_from):
            start = found.start()
            if self._has_marks and start > at and found[0] != " " and text[start - 1] == " ":
                start -= 1
            is_open = _is_open(text, start)
            if mark := _MARK.match(text, start):
                if is_open and not final:
                    # `citeturn0search1` may go on.
                    break
                parts += [text[at:start], self._read(mark)]
                at = search_from = mark.end()
            elif is_open and (not final or _is_cut_off(text[start:].lstrip(" "))):
                break
            else:
                search_from = found.start() + 1
        else:
            return "".join([*parts, text[at:]])
        self._held = "" if final else text[start:]
        return "".join([*parts, text[at:start]])

    def _find_sign(self, text: str, at: int) -> re.Match[str] | None:
        return (_SIGN_OR_SPACE if self._has_marks else _SIGN).search(text, at)

    def _read(self, mark: re.Match[str]) -> str:
        if mark["number"] and 1 <= int(mark["number"]) <= self.shown:
            return mark[0]
        self._has_marks = True
        words = read_words(mark["private"] or "")
        return f"{' ' * mark[0].startswith(' ')}{words}" if words else ""


def _is_open(text: str, at: int) -> bool:
    """Return whether all from a place to the end may be the beginning of a mark."""
    return bool(_OPEN.fullmatch(text, at) or _MAY_GO_ON.fullmatch(text, at))


def _is_cut_off(rest: str) -> bool:
    """Return whether a text ends within a mark, which is not shown either."""
    kind = rest[1:].partition(_BETWEEN)[0]
    return rest.startswith(_BEGIN) and any(each.startswith(kind) for each in _KINDS)


def read_words(mark: str) -> str:
    """Return the words that a mark between private characters stands for; empty for a source."""
    kind, *rest = mark.split(_BETWEEN)
    if kind not in _WORDED or not rest:
        return ""
    if kind != "entity":
        return rest[0]
    named = _parse(rest[0])
    is_named = isinstance(named, list) and len(named) > 1 and isinstance(named[1], str)
    return named[1] if is_named else ""


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
