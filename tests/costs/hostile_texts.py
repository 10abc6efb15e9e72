"""Texts that are long in the way that a pattern or a parser bears least, made from a generator.

A text is a beginning, a unit that is repeated up to a length, and an end on which what was hoped
for fails. `GENERAL` holds units of every kind of character that some reader of texts treats in its
own way. `of_pattern` makes more from a regular expression itself, in the form that every report of
catastrophic backtracking has: what matches up to a repetition, what the repetition takes, over and
over, and something that does not follow.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

# The parser of the library's own expressions; nothing public takes one apart.
from re import _constants as names  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# Of one expression; those with many alternatives have hundreds.
MAX_TEXTS = 60
MAX_PUMPS = 5
# A repetition of fewer cannot make a long text.
MIN_REPEATS = 8


@dataclass(frozen=True, slots=True)
class Hostile:
    """A recipe for texts of any length; `name` says what they are made of."""

    begin: str
    unit: str
    end: str = ""

    @property
    def name(self) -> str:
        parts = (self.begin, f"{self.unit!r}*n", self.end)
        return " ".join(
            part if at == 1 else repr(part) for at, part in enumerate(parts) if part
        ).replace("\n", "\\n")

    def make(self, length: int) -> str:
        room = max(length - len(self.begin) - len(self.end), 0)
        text = self.unit * (room // len(self.unit) + 1)
        return f"{self.begin}{text[:room]}{self.end}"


# Runs of one character: letters of alphabets that are treated apart, marks, blanks, unseen ones.
RUNS = (
    *"aAéßя가힣あ漢ｱकกع_0٣𝒂😀",
    *".!。…,:;-=#*+/\\|`~^\"'’“()[]{}<>&$%@",
    *" \t\n\r\u00a0\u2028\u200b\ufeff\x00\x1f\u0301\u202e\U000e0041\ufdfa",
)
# Pairs of which the second keeps the first from ending anything, and beginnings without an end.
PIECES = (
    *("\r\n", "\u0316\u0301", "\u0301\u0316", "\u0f73\u0344", "\uff9e\u0301", "é1", "éa", "가a"),
    *(
        "a ",
        "é ",
        "가 ",
        "1 ",
        "_ ",
        "a.",
        "A.",
        "é.",
        "가.",
        "1.",
        "1,",
        "1:",
        "e.g.",
        "a.b ",
        "Aa ",
    ),
    *(
        "a-",
        "a_",
        "a'",
        "a’",
        "a\n",
        " \n",
        "\n\t",
        ". ",
        "! ",
        ".)",
        '."',
        ".]",
        "。」",
        "' ",
        "- ",
    ),
    *(
        "# ",
        "not ",
        "no ",
        "I ",
        "is ",
        "a not ",
        "don't ",
        "수 없 ",
        "지 않",
        "안 가 ",
        "높",
        "1 million ",
    ),
    *(
        "[1]",
        "[1] ",
        "[1",
        "[1, ",
        "[1,1",
        "[1\n",
        "a [1]. ",
        "【1】",
        "(1)",
        "[^1]",
        "![",
        "![a](",
        "[a](",
    ),
    *("<a ", "<!--", "<![", "</", "<a>", "<b", "&#", "&amp", "<img", "<?", "]]>", "<passages "),
    *(
        "| ",
        "|a",
        "|-",
        "|a|\n",
        "|-|\n",
        "``",
        "```\n",
        "```a",
        "~~~\n",
        "> ",
        "1. ",
        "* a\n",
        "# a\n",
    ),
    *(
        "$a",
        "$$",
        "\\(",
        "\\[",
        "**a",
        "__a",
        "* *",
        "==",
        "AAAA",
        "QUJD",
        "YWFh ",
        "http://",
        "a@a.",
    ),
    *(
        "ignore all ",
        "system ",
        "show ",
        "write down ",
        "send it to ",
        "you are ",
        "'; --",
        "=?utf-8?q?",
    ),
    *('{"a":', '"\\u0000', "\\u0000", "\\\\", "\\n", "-1", "((", "+1", "**9", "9."),
)
ENDS = ("", "!", "\n\x01")
# Each with an end on which a hope fails; `GENERAL` is all of them, in both ways.
BROKEN_OFF = tuple(Hostile("", unit, "x\n") for unit in (*RUNS, *PIECES))
GENERAL = (*BROKEN_OFF, *(Hostile("", unit) for unit in (*RUNS, *PIECES)))
# Those that were somebody's undoing, here or elsewhere.
KNOWN = tuple(
    Hostile("", unit, end)
    for unit, end in (
        *(("é", ""), ("가", ""), ("_", ""), ("0", "!"), ("a.", ""), ("a. ", ""), ("not ", "")),
        *((" ", "x"), ("\n", "x"), ("\u0316\u0301", ""), ("\ufdfa", ""), ("`", ""), ("'", "")),
        *(("![a", ""), ("<a ", ""), ("[1] ", ""), ("[1]\n", ""), ("| a |\n", ""), ("\\", "")),
    )
)

# What a class of characters is asked for, the likeliest to be shared by two classes first.
CANDIDATES = 'a1 é가_\n\t.-"[(|`Aあ٣,:;!*#\\/<>=&$\u0301\u200b'


def of_pattern(pattern: "re.Pattern[Any]") -> list[Hostile]:
    """Texts that come close to what an expression matches, and go on for long."""
    source = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    )
    flags = pattern.flags & ~re.LOCALE
    tree = parser.parse(source, flags & ~re.UNICODE if flags & re.ASCII else flags)
    whole = _samples(tree)
    found: dict[Hostile, None] = {}
    for text in whole[:3]:
        for unit in {text, text[:-1]} - {""}:
            found |= dict.fromkeys(Hostile("", unit, end) for end in ENDS)
    for before, pump in _pumps(tree, ""):
        found |= dict.fromkeys(Hostile(before, pump, end) for end in ENDS[:2])
        # The beginning over and over, so that each of them is begun anew.
        found[Hostile("", f"{before}{pump * 3}")] = None
    return list(islice(found, MAX_TEXTS))


def _pumps(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """Yield the text that leads to each repetition of a tree, and a text that it repeats."""
    for op, value in tree:
        for inner in _inner(op, value):
            yield from _pumps(inner, before)
        if op in _REPEATS and value[1] >= MIN_REPEATS:
            yield from ((before, unit) for unit in _samples(value[2])[:MAX_PUMPS] if unit)
        before += next(iter(_samples_of(op, value)), "")


_REPEATS = (names.MAX_REPEAT, names.MIN_REPEAT, names.POSSESSIVE_REPEAT)


def _inner(op: Any, value: Any) -> Sequence[Any]:
    """The trees within a node."""
    if op in _REPEATS:
        return [value[2]]
    if op is names.SUBPATTERN:
        return [value[-1]]
    if op is names.BRANCH:
        return list(value[1])
    if op in (names.ASSERT, names.ASSERT_NOT):
        return [value[1]]
    return [value] if op is names.ATOMIC_GROUP else []


def _samples(tree: Any) -> list[str]:
    """A few short texts that a tree matches, near enough."""
    found = [""]
    for op, value in tree:
        parts = _samples_of(op, value)[: MAX_PUMPS * 2]
        if not parts:
            continue
        # Each part once, with the first of the others: all combinations would be too many.
        found = [f"{found[0]}{part}" for part in parts] + [
            f"{text}{parts[0]}" for text in found[1:]
        ]
    return list(dict.fromkeys(found))[: MAX_PUMPS * 2]


def _samples_of(op: Any, value: Any) -> list[str]:
    if op is names.LITERAL:
        return [chr(value)]
    if op in (names.IN, names.NOT_LITERAL, names.ANY):
        return _members(op, value)
    if op in _REPEATS:
        least = min(max(value[0], 1), 64)
        return [text * least for text in _samples(value[2])]
    if op is names.BRANCH:
        return list(dict.fromkeys(text for branch in value[1] for text in _samples(branch)[:2]))
    if op in (names.SUBPATTERN, names.ATOMIC_GROUP):
        return _samples(_inner(op, value)[0])
    return []


def _members(op: Any, value: Any) -> list[str]:
    """Characters that a class holds."""
    if op is names.ANY:
        return [char for char in CANDIDATES if char != "\n"]
    if op is names.NOT_LITERAL:
        return [char for char in CANDIDATES if ord(char) != value]
    is_negated = value[0][0] is names.NEGATE
    own = [chr(code if kind is names.LITERAL else code[0]) for kind, code in value if kind in _OWN]
    chars = dict.fromkeys([*CANDIDATES, *own])
    return [char for char in chars if any(_holds(item, char) for item in value) != is_negated]


_OWN = (names.LITERAL, names.RANGE)
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    names.CATEGORY_DIGIT: str.isdecimal,
    names.CATEGORY_SPACE: str.isspace,
    names.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    names.CATEGORY_NOT_DIGIT: lambda char: not char.isdecimal(),
    names.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    names.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}


def _holds(item: Any, char: str) -> bool:
    kind, value = item
    if kind is names.LITERAL:
        return bool(ord(char) == value)
    if kind is names.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    return kind is names.CATEGORY and _CATEGORIES[value](char)


def longest_match(pattern: "re.Pattern[str]") -> int:
    """Return how many characters an expression can match at most."""
    return int(parser.parse(pattern.pattern, pattern.flags).getwidth()[1])
