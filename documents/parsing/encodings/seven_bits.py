"""UTF-7, in which some mail programs and their exports write letters as +AOQ-, all in ASCII."""

import re

_GROUP = re.compile(rb"\+[A-Za-z0-9+/]{3,}-?")
_SEARCHED, _MIN_GROUPS = 1024 * 1024, 2
# Words with a plus between them look like single Chinese letters, which nobody writes.
_MIN_EAST_ASIAN, _EAST_ASIAN = 3, "\u2e80"


def read(data: bytes) -> str:
    """Return a text of UTF-7 whose letters make sense; "" for all others."""
    found = _GROUP.findall(data, 0, _SEARCHED)
    groups = len(found)
    if groups < _MIN_GROUPS and 2 * sum(map(len, found)) < len(data):
        return ""
    try:
        text = data.decode("utf-7")
    except UnicodeDecodeError:
        return ""
    letters = [sign for sign in text if not sign.isascii()]
    if not letters or not all(sign.isalpha() or sign.isprintable() for sign in letters):
        return ""
    eastern = sum(sign >= _EAST_ASIAN for sign in letters)
    return text if not eastern or eastern >= _MIN_EAST_ASIAN * groups else ""
