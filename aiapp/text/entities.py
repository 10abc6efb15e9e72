"""Signs that HTML writes as entities, in texts that anybody wrote."""

import html
import re

# No character has a number of so many digits; Python's reader fails at those of some thousand.
_TOO_LONG = re.compile(r"&#(?:[0-9]{100,}|[xX][0-9a-fA-F]{100,});?")


def unescape(text: str) -> str:
    """Return a text with the signs that its entities stand for, U+FFFD for those of none."""
    return html.unescape(_TOO_LONG.sub("\ufffd", text))
