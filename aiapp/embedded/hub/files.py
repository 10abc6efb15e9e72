"""A file on the hub, as it is noted beside its copy on this machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of one model. `size` is in bytes; `revision` is the commit that it is taken from."""

    repository: str
    revision: str
    name: str
    size: int
    sha256: str
    # As the hub names it, "" where it names none.
    licence: str = ""
    # In tokens, as the hub read it out of the file; 0 where it did not.
    context: int = 0
