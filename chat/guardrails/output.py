"""Cleans an answer while it is being written.

Taken out are the site's own secrets and the random number of the request's fences, which shows
that the model repeats its instructions. An image from elsewhere, which would carry words away as
soon as a program draws it, becomes a link. Of what comes, only that is held back which may be the
beginning of such a thing; anything else passes at once. Code stays as it is written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

REMOVED = "[removed]"
LONGEST_LABEL = 400
FENCE_LENGTH = 3

_TOKEN = re.compile(
    r"(?P<fence>(?<=\n) {0,3}(?:`{3,}|~{3,}))|(?P<ticks>`+)|(?P<blank>\n[ \t]*\n)"
    r"|(?P<image>!\[)|(?P<html><img\b)",
    re.IGNORECASE,
)
_REMOTE = re.compile(
    rf"!\[[^\]\n]{{0,{LONGEST_LABEL}}}\](?:\(\s*<?(?:https?:|//)|\[|:)", re.IGNORECASE
)
# What may still become one of those, as long as nothing follows.
_OPEN = re.compile(
    rf"!(?:\[[^\]\n]{{0,{LONGEST_LABEL}}}(?:\](?:\(\s*<?(?:/|h|ht|htt|http|https)?)?)?)?\Z"
    r"|<(?:i|im|img)?\Z|(?<=\n) {0,3}[`~]*\Z|`+\Z|\n[ \t]*\Z",
    re.IGNORECASE,
)
# Where none of these is, there is nothing to do.
_SIGNS = re.compile(r"[!<`~\n]")


@dataclass(slots=True)
class Filter:
    """One for each text. `feed` tells what may be shown, `finish` the rest.

    `removed` names what was taken out or changed: `secret`, `fence`, `remote_image`.
    """

    secrets: Sequence[str]
    fence: str
    removed: set[str] = field(default_factory=set)
    _held: str = ""
    # The end of what was let go, as far as it matters: whether a line begins here.
    _before: str = "\n"
    # The marks that the code ends with; empty outside of code.
    _code: str = ""

    def feed(self, text: str) -> str:
        return self._let_go(self._held + text, final=False)

    def finish(self) -> str:
        return self._let_go(self._held, final=True)

    def _let_go(self, text: str, *, final: bool) -> str:
        text = self._without_secrets(text)
        end = len(text) if final else min(self._secret_begins(text), self._image_begins(text))
        self._held, text = text[end:], text[:end]
        if not text or not _SIGNS.search(text):
            self._before = (self._before + text)[-4:]
            return text
        return self._without_images(text)

    def _without_secrets(self, text: str) -> str:
        for name, value in (*(("secret", each) for each in self.secrets), ("fence", self.fence)):
            if value and value in text:
                text = text.replace(value, REMOVED)
                self.removed.add(name)
        return text

    def _secret_begins(self, text: str) -> int:
        """Where the beginning of a secret stands at the end; the length if none does."""
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

    def _image_begins(self, text: str) -> int:
        behind = self._before + text
        begun = _OPEN.search(behind, len(self._before))
        return begun.start() - len(self._before) if begun else len(text)

    def _without_images(self, text: str) -> str:
        behind, start = self._before + text, len(self._before)
        parts, at = [], start
        for token in _TOKEN.finditer(behind):
            if token.end() <= start:
                continue
            change = self._changed(token, behind)
            if change is not None:
                parts += [behind[at : token.start()], change]
                at = token.end()
        parts.append(behind[at:])
        self._before = behind[-4:]
        return "".join(parts)

    def _changed(self, token: re.Match[str], text: str) -> str | None:
        """What stands instead of a token; None if it stays. Code is followed on the way."""
        if token.lastgroup in {"fence", "ticks", "blank"}:
            self._follow_code(token[0].strip(), str(token.lastgroup))
        elif not self._code and (token.lastgroup == "html" or _REMOTE.match(text, token.start())):
            self.removed.add("remote_image")
            return "&lt;img" if token.lastgroup == "html" else "["
        return None

    def _follow_code(self, mark: str, kind: str) -> None:
        if not self._code:
            self._code = mark
        elif kind == "blank":
            # Code within a line ends with its paragraph, a fenced block does not.
            self._code = self._code if len(self._code) >= FENCE_LENGTH else ""
        elif mark == self._code or (kind == "fence" and mark.startswith(self._code)):
            self._code = ""
