"""Addresses behind links, which people ask for as for any text: our portal (https://…)."""

import re

MAX_CHARS, MAX_CODE_CHARS = 500, 2_000
_FIELD = re.compile(r'\s*HYPERLINK\s+(?:\\[a-z]\s+)*"?([^"\s]{2,500})"?', re.IGNORECASE)
# Places within a file or a site are none that a reader could go to from here.
_ADDRESS = re.compile(
    r"(?:https?|ftps?|sftp|file|mailto|tel|sips?|ssh|smb|git):\S+|www\.\S+", re.IGNORECASE
)
_SCHEME = re.compile(r"^(?:mailto:|tel:|[a-z]{2,6}://)?(?:www\.)?", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"(?<=\S) \((?:[a-z]{2,6}://|www\.)[^\s|]{1,500}\)", re.IGNORECASE)


def show_behind(text: str, address: str) -> str:
    """Return what is written behind the text of a link; "" if that tells its address."""
    address = address.strip()
    if not text.strip() or len(address) > MAX_CHARS or not _ADDRESS.fullmatch(address):
        return ""
    if address.lower().startswith("mailto:"):
        address = address.partition("?")[0]
    shown = address.removeprefix("mailto:").removeprefix("tel:")
    is_shown = shown and not is_told("".join(text.split()).lower(), address)
    return f" ({shown})" if is_shown else ""


def is_told(text: str, address: str) -> bool:
    """Tell whether an address is in a text of small letters without spaces, as people write it."""
    return _SCHEME.sub("", address.partition("?subject=")[0]).rstrip("/").lower() in text


def show(text: str, address: str) -> str:
    """Return the text of a link with its address."""
    body = text.rstrip()
    return f"{body}{show_behind(body, address)}{text[len(body) :]}"


def show_address(text: str, code: str) -> str:
    """Return what is written behind the result of a field, by its code: HYPERLINK "…"."""
    found = _FIELD.match(code)
    return show_behind(text, found[1]) if found else ""


def leave_out(text: str) -> str:
    """Return a text without the addresses that were written behind its links."""
    return _IN_BRACKETS.sub("", text)
