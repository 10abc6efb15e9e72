"""Cleans an answer while it is being written.

Taken out are the site's own secrets and the random number of the request's fences, which shows
that the model repeats its instructions. An image from elsewhere, which would carry words away as
soon as a program draws it, becomes a link. Of what comes, only that is held back which may be the
beginning of such a thing; anything else passes at once.

Code stays as it is written, where it is surely code: in a fenced block that begins at the margin,
and between backticks of one line. Where readers of Markdown could disagree it counts as text. Our
own pages draw no image in any case; this is for programs that show answers by themselves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

REMOVED = "[removed]"
_IMG = "<img"
# A picture between backticks waits for the second one over so many characters.
MAX_CODE_CHARS = 400
# Of marks whose meaning is open no more is held back; what is held is read again with all that
# comes.
MAX_HELD = 1_000

# What an answer's line may hold that needs a look.
_TOKEN = re.compile(r"\n|\\[^\n]?|`+|\||<|!\[?")
_END_OF_CODE = re.compile(r"`+|\n|\|")
_OPENS = re.compile(r"(`{3,}+)[^`\n]*\n|(~{3,}+)[^\n]*\n")
# A picture of this site or in the answer itself, and brackets that are no picture: `vec![1, 2]`.
_LABEL = r"!\[[^\[\]\n]{0,400}\]"
_ONLY_LABEL = re.compile(_LABEL)
_HARMLESS = re.compile(_LABEL + r"(?:\((?:data:image/|/[^/\\&])|[^(\[:\s]|\s)", re.IGNORECASE)
_UNDECIDED = re.compile(
    r"!\[[^\[\]\n]{0,400}(?:\](?:\((?:/|d(?:a(?:t(?:a(?::(?:i(?:m(?:a(?:ge?)?)?)?)?)?)?)?)?)?)?)?",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Filter:
    """One for each text. `feed` tells what may be shown, `finish` the rest.

    `removed` names what was taken out or changed: `secret`, `fence`, `remote_image`.
    """

    secrets: Sequence[str]
    fence: str
    removed: set[str] = field(default_factory=set)
    _held: str = ""
    _line_begins: bool = True
    # The marks that began the fenced block; empty outside of one.
    _block: str = ""
    # How many backticks began the code in this line; 0 outside.
    _ticks: int = 0
    # Whether backticks of this paragraph may be read in more than one way.
    _in_doubt: bool = False
    # Whether nothing is taken for code any more, after marks that went on for too long to tell.
    _has_lost_count: bool = False

    def feed(self, text: str) -> str:
        return self._let_go(self._held + text, final=False)

    def finish(self) -> str:
        return self._let_go(self._held, final=True)

    def _let_go(self, text: str, *, final: bool) -> str:
        # Some readers end a line at a lone one; none is needed.
        text = self._without_secrets(text.replace("\r", ""))
        known = text if final else text[: self._secret_begins(text)]
        parts, at = [], 0
        while at < len(known):
            piece, length = self._next(known, at, final=final)
            if not length:
                break
            parts.append(piece)
            at += length
        self._held = text[at:]
        return "".join(parts)

    def _without_secrets(self, text: str) -> str:
        for name, value in (*(("secret", each) for each in self.secrets), ("fence", self.fence)):
            if value and value in text:
                text = text.replace(value, REMOVED)
                self.removed.add(name)
        return text

    def _secret_begins(self, text: str) -> int:
        """Return where the beginning of a secret starts at the end; the length if none does."""
        first = len(text)
        for value in (*self.secrets, self.fence):
            if not value:
                continue
            at = text.find(value[0], max(0, len(text) - len(value) + 1))
            while at >= 0:
                if value.startswith(text[at:]):
                    first = min(first, at)
                    break
                at = text.find(value[0], at + 1)
        return first

    def _next(self, text: str, at: int, *, final: bool) -> tuple[str, int]:
        """Return the text for the next characters, and their number; 0 until more is known."""
        if self._line_begins:
            return self._beginning(text, at, final=final)
        if self._block:
            end = text.find("\n", at) + 1
            self._line_begins = bool(end)
            return _pass_on(text, at, end or len(text))
        token = _TOKEN.search(text, at)
        if token is None:
            return _pass_on(text, at, len(text))
        if token.start() > at:
            return _pass_on(text, at, token.start())
        return self._token(text, token, final=final)

    def _beginning(self, text: str, at: int, *, final: bool) -> tuple[str, int]:
        end = text.find("\n", at) + 1
        line = text[at:end] if end else text[at:]
        bare = line.strip(" \t\n")
        if not (end or final) and (not bare or not bare.strip("`~") or self._may_open(line)):
            if len(line) <= MAX_HELD:
                return "", 0
            # Blanks without an end are no line of their own, and begin none.
            if bare:
                self._lose_count()
        elif not self._has_lost_count and self._is_apart(line, bare, is_whole=bool(end)):
            return self._whole_line(line)
        self._line_begins = False
        return self._next(text, at, final=final)

    def _is_apart(self, line: str, bare: str, *, is_whole: bool) -> bool:
        """Tell whether a line stands between paragraphs: a block's fence, or nothing but blanks."""
        if self._block:
            # A closing mark may be indented, and nothing follows it.
            if not bare or bare[0] != self._block[0] or bare != bare[0] * len(bare):
                return False
            self._block = "" if len(bare) >= len(self._block) else self._block
            return True
        if opening := _OPENS.match(line if is_whole else f"{line}\n"):
            self._block = opening[1] or opening[2]
        return bool(opening) or not bare

    def _lose_count(self) -> None:
        """Take nothing for code from here on, as no two readers might agree what is."""
        self._has_lost_count, self._block, self._ticks, self._in_doubt = True, "", 0, True

    def _may_open(self, line: str) -> bool:
        return not self._block and line.startswith(("```", "~~~")) and "`" not in line.lstrip("`")

    def _whole_line(self, line: str) -> tuple[str, int]:
        """A line between paragraphs, after which everything begins anew."""
        self._ticks, self._in_doubt = 0, False
        self._line_begins = line.endswith("\n")
        return line, len(line)

    def _token(self, text: str, token: re.Match[str], *, final: bool) -> tuple[str, int]:
        mark = token[0]
        is_open = token.end() == len(text) and not final
        if len(mark) > MAX_HELD:
            self._lose_count()
            return mark, len(mark)
        match mark[0]:
            case "\n" | "|":
                # What is open here may end beyond it, or not, as a reader sees it.
                self._in_doubt = self._in_doubt or bool(self._ticks)
                self._ticks = 0
                self._line_begins = mark == "\n"
            case "\\" if self._ticks:
                return mark[0], 1
            case "\\" | "`" if is_open and mark != "\\`":
                return "", 0
            case "`" if not self._in_doubt and self._ticks in {0, len(mark)}:
                self._ticks = 0 if self._ticks else len(mark)
            case "<" | "!":
                return self._picture(text, token.start(), final=final)
        return mark, len(mark)

    def _picture(self, text: str, at: int, *, final: bool) -> tuple[str, int]:
        if text[at] == "<":
            sign, instead = _IMG, "&lt;img"
            rest = text[at : at + len(_IMG) + 1].lower()
            is_open = _IMG.startswith(rest)
            is_one = rest.startswith(_IMG) and not rest[len(_IMG) :].isalnum()
        else:
            sign, instead = "![", "["
            is_open = at == len(text) - 1 or bool(_UNDECIDED.fullmatch(text, at))
            is_one = text.startswith(sign, at) and not _HARMLESS.match(text, at)
            if final and is_one and _ONLY_LABEL.fullmatch(text, at):
                is_one = False
        if is_open and not final:
            return "", 0
        if is_one:
            is_code = self._is_code(text, at + len(sign), final=final)
            if is_code is None:
                return "", 0
            if not is_code:
                self.removed.add("remote_image")
                return instead, len(sign)
            return _pass_on(text, at, at + len(sign))
        if text[at] == "<" and not self._ticks:
            # A tag or an address may hold backticks that are none.
            self._in_doubt = True
        return text[at], 1

    def _is_code(self, text: str, at: int, *, final: bool) -> bool | None:
        """Check whether code begun in this line ends in it; None if that is not known."""
        if not self._ticks:
            return False
        end = at + MAX_CODE_CHARS
        for mark in _END_OF_CODE.finditer(text, at, end):
            if mark[0] in {"\n", "|"} or mark.end() == end:
                return False
            if mark.end() == len(text) and not final:
                return None
            if len(mark[0]) == self._ticks:
                return True
        return False if final or len(text) >= end else None


def _pass_on(text: str, start: int, end: int) -> tuple[str, int]:
    return text[start:end], end - start
