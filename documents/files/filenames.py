"""The name of an uploaded file, made fit to be shown and to be saved under again."""

import re

from aiapp.text.invisible import remove_invisible
from aiapp.text.normal_form import normalize

MAX_CHARS = 200
_BREAKS = re.compile(r"[\t\n\r]")


def clean(name: str) -> str:
    """The last part of the name, without what cannot be seen; at most 200 characters."""
    name = normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = " ".join(remove_invisible(_BREAKS.sub("", name)).split()).lstrip(".")
    if len(name) > MAX_CHARS:
        stem, dot, end = name.rpartition(".")
        is_suffix = bool(dot) and len(end) <= 10  # noqa: PLR2004 - longer, it is no suffix
        tail = dot + end if is_suffix else ""
        name = (stem if is_suffix else name)[: MAX_CHARS - len(tail)] + tail
    return name or "document"
