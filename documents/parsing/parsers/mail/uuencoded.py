"""Files that stand within the text of a letter, as they were sent before there were attachments."""

import re
from binascii import Error, a2b_base64, a2b_uu

_BEGIN = re.compile(r"begin(-base64)? [0-7]{3,4} (\S.{0,250})")
_ENDS = {"end", "===="}
MAX_FILES = 50


def take_files(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return a text without the files in it, and those by their names."""
    if "begin" not in text:
        return text, []
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        begin = _BEGIN.fullmatch(lines[at].rstrip("\r"))
        end = _find_end(lines, at + 1) if begin and len(files) < MAX_FILES else 0
        data = _decode(lines[at + 1 : end], is_base64=bool(begin and begin[1])) if end else None
        if begin and data is not None:
            files.append((begin[2].strip(), data))
            kept.append(f"[{begin[2].strip()}]")
            at = end + 1
            continue
        if begin and not end:
            # What has no end is text, and so is all that is behind it.
            return "\n".join([*kept, *lines[at:]]), files
        kept.append(lines[at])
        at += 1
    return "\n".join(kept), files


def _find_end(lines: list[str], first: int) -> int:
    return next((n for n in range(first, len(lines)) if lines[n].strip() in _ENDS), 0)


def _decode(lines: list[str], *, is_base64: bool) -> bytes | None:
    """Return the bytes of a file; None if its lines are none of it."""
    unpack = a2b_base64 if is_base64 else a2b_uu
    try:
        # Mail takes the spaces at the ends of lines, which stand for zeros.
        return b"".join(unpack(_fill(line.rstrip("\r"), is_base64=is_base64)) for line in lines)
    except (Error, ValueError):
        return None


def _fill(line: str, *, is_base64: bool) -> bytes:
    data = line.encode("ascii")
    if is_base64 or not data.strip():
        return data
    length = (data[0] - 32) & 63
    return data[: 1 + (length + 2) // 3 * 4].ljust(1 + (length + 2) // 3 * 4)
