"""Characters that a server cut in two: half an emoji in each of two events."""

import re

# The high halves of UTF-16, and bytes of UTF-8 as `surrogateescape` shows them.
_HIGH = "\ud800-\udbff"
_BYTES = "\udc80-\udcff"
_PAIR = re.compile(f"[{_HIGH}][\udc00-\udfff]")
_RUN = re.compile(f"[{_BYTES}]+")
_LONE = re.compile("[\ud800-\udfff]")
# What may be the beginning of a character at the end of a text: 3 of its 4 bytes at most.
_BEGUN = re.compile(f"(?:[{_HIGH}]|[{_BYTES}]{{1,3}})\\Z")
REPLACEMENT = "\ufffd"


class Joiner:
    """Makes whole characters of a text that comes in parts; nearly always they are."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = ""

    def feed(self, text: str) -> str:
        """Return the text so far as its characters are whole."""
        if not self._buffer and _is_whole(text):
            return text
        text = self._buffer + text
        begun = _BEGUN.search(text)
        self._buffer = text[begun.start() :] if begun else ""
        return join(text[: begun.start()] if begun else text)

    def finish(self) -> str:
        rest, self._buffer = self._buffer, ""
        return join(rest)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def join(text: str) -> str:
    """Return the text with halves joined, and a mark in place of those without the other half."""
    text = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    text = _RUN.sub(lambda run: _decode_escaped(run[0]), text)
    return _LONE.sub(REPLACEMENT, text)


def _decode_escaped(escaped: str) -> str:
    return escaped.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
