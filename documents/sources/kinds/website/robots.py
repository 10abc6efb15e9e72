"""The rules of a site for robots, as Python's reader bears them.

It compares each address with all rules, and fails as a whole where a number or an address is none.
"""

import re
from urllib.parse import unquote, urlsplit

MAX_BYTES = 512_000
# Large sites have hundreds.
MAX_RULES = 10_000
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_NUMBERS = re.compile(r"\d{1,9}/\d{1,9}", re.ASCII)


# Says nothing but that the list of robots before it has come to its end.
_NOTHING = "Crawl-delay:"


def read_rules(text: bytes) -> list[str]:
    """Return the lines of a robots.txt, with others in place of those that mean nothing."""
    lines = text[:MAX_BYTES].decode(errors="replace").splitlines()
    return [line if _is_fine(line) else _NOTHING for line in lines[:MAX_RULES]]


def _is_fine(line: str) -> bool:
    name, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
    match name.lower():
        case "crawl-delay":
            return _NUMBER.fullmatch(value) is not None
        case "request-rate":
            return _NUMBERS.fullmatch(value) is not None
        case "allow" | "disallow":
            return _can_be_split(unquote(value))
    return True


def _can_be_split(value: str) -> bool:
    try:
        urlsplit(value)
    except ValueError:
        return False
    return True
