"""Addresses behind links, which people ask for as for any text: our portal (https://…)."""

import re

MAX_CHARS = 500
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
    bare = _SCHEME.sub("", address).rstrip("/").lower()
    is_told = bare in "".join(text.split()).lower()
    return f" ({shown})" if shown and not is_told else ""


def show(text: str, address: str) -> str:
    """Return the text of a link with its address."""
    body = text.rstrip()
    return f"{body}{show_behind(body, address)}{text[len(body) :]}"


def leave_out(text: str) -> str:
    """Return a text without the addresses that were written behind its links."""
    return _IN_BRACKETS.sub("", text)
