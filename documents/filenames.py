"""The name of an uploaded file, made fit to be shown and to be saved under again."""

import re

from aiapp.normal_form import normalize

LONGEST = 200
# Controls, and the marks that turn the direction of writing: with one of them a name can look as
# if it had another ending.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def clean(name: str) -> str:
    """The last part of the name, without what cannot be seen; at most 200 characters."""
    name = normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = " ".join(_UNSEEN.sub("", name).split()).lstrip(".")
    if len(name) > LONGEST:
        stem, dot, end = name.rpartition(".")
        is_suffix = bool(dot) and len(end) <= 10  # noqa: PLR2004 - longer, it is no suffix
        tail = dot + end if is_suffix else ""
        name = (stem if is_suffix else name)[: LONGEST - len(tail)] + tail
    return name or "document"
