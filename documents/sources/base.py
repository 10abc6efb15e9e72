"""A kind of source: a way to list what is there, as a stream, and to fetch each thing.

A listing yields `Item`s, and now and then a `Checkpoint` from which it could go on: a worker that
has had its share, or was killed, is followed by another that continues there. So a listing holds no
more than a page of what it lists, however much there is. It ends with an `End`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from django.utils.functional import Promise

# A text that people see, perhaps one that is translated when it is shown.
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in a source, as its listing tells of it."""

    # Names it within the source as long as it exists.
    key: str
    # How people find it there; the name of its file is the last part, with the ending of its type.
    path: str
    # Changes whenever the content does. Without one, contents are compared at each sync.
    etag: str = ""
    size: int | None = None
    modified: datetime | None = None
    # Where a person can open it.
    link: str = ""
    # Goes to the document's metadata.
    metadata: Mapping[str, Any] = field(default_factory=dict)
    # Of a listing that names changes alone: it is there no more.
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place, as JSON, from which another worker can go on with the listing."""

    position: Any


@dataclass(frozen=True, slots=True)
class End:
    """The end of a listing: `cursor` is what the next one may begin with to name changes alone."""

    cursor: Any = None
    # Whether this listing named changes alone, so that what it did not name is still there.
    is_partial: bool = False


Listed = Item | Checkpoint | End


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a source, for the connection to it."""

    address: str = ""
    username: str = ""
    credential: str = field(default="", repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    # No file may be larger, in bytes.
    max_bytes: int = 0
    # Those that it may go into beside public ones; None decides it by where its server is now.
    networks: Any = None
    # Called at each step of something long, so that the worker is known to live.
    note_life: Callable[[], None] = lambda: None


class Writable(Protocol):
    """A file that takes content, and refuses with ItemTooLarge what is too much."""

    def write(self, block: bytes, /) -> int: ...


class Connection(Protocol):
    """An open source. Whatever fails raises a `SourceError`."""

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        """List from a checkpoint's position on, or from the beginning if that is None."""
        ...

    def fetch(self, item: Item, file: Writable) -> None:
        """Write the content of an item into a file. Raises an ItemError for what it alone has."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A setting that a kind of source has beside those of all; `label` and `hint` are shown."""

    name: str
    label: Text
    hint: Text = ""
    type: Literal["text", "number", "flag"] = "text"
    default: Any = ""
    is_required: bool = False
    # Whether it says where the credential goes, so that another one wants it entered again.
    is_place: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of source. `open` makes no request, and `check` raises ValidationError."""

    name: str
    # Lazily translated, as are the others that people see.
    title: Text
    hint: Text
    open: Callable[[Config], Connection]
    check: Callable[[Config], None] = lambda config: None
    address_label: Text = ""
    address_hint: Text = ""
    is_address_required: bool = True
    # Empty where there is none.
    username_label: Text = ""
    credential_label: Text = ""
    options: Sequence[Option] = ()
    # Whether a page that says the same in other markup is the same.
    compares_text: bool = False
    # Whether it lies on another machine, whose address the guard has to allow.
    is_remote: bool = True
