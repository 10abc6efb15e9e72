"""A folder of a mailbox, over IMAP: each message is a document, and is never marked as read."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.sources.base import Checkpoint, Config, End, Item, Kind, Listed, Option, Writable
from documents.sources.errors import (
    CredentialRefused,
    ItemGone,
    NotThere,
    SourceMisset,
    SourceUnavailable,
)
from documents.sources.http import FILE_SECONDS, PAGE_SECONDS
from documents.sources.kinds.imap_connection import GuardedImap, read_headers
from documents.sources.networks import choose_networks

BATCH = 200
MAX_SUBJECT_CHARS = 150
TLS, PLAIN = "imaps", "imap"
_PORTS = {TLS: 993, PLAIN: 143}
_HEADERS = "BODY.PEEK[HEADER.FIELDS (SUBJECT FROM DATE)]"
_UIDS = re.compile(rb"\b\d{1,10}\b")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,18})\b")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_SLASHES = re.compile(r"[/\\]+")


class Mailbox:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._connection: GuardedImap | None = None
        self._validity = ""

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        after = 0
        self._open()
        if isinstance(position, list) and position[0] == self._validity:
            after = int(position[1])
        found = self._ask("uid", "SEARCH", "UNDELETED")[0] or b""
        uids = [int(uid) for uid in _UIDS.findall(found) if int(uid) > after]
        for at in range(0, len(uids), BATCH):
            batch = uids[at : at + BATCH]
            yield from self._describe(batch)
            yield Checkpoint([self._validity, batch[-1]])
        yield End()

    def fetch(self, item: Item, file: Writable) -> None:
        validity, _, uid = item.key.partition(":")
        self._open()
        if validity != self._validity:
            raise ItemGone
        # One byte more than is allowed is enough to know.
        wanted = f"(BODY.PEEK[]<0.{self._config.max_bytes + 1}>)"
        for part in self._ask("uid", "FETCH", uid, wanted, seconds=FILE_SECONDS):
            if isinstance(part, tuple):
                file.write(part[1])
                return
        raise ItemGone

    def close(self) -> None:
        if self._connection is not None:
            try:
                with self._connection.bounds(PAGE_SECONDS):
                    self._connection.logout()
            except (imaplib.IMAP4.error, OSError):
                self._connection.shutdown()

    def _open(self) -> None:
        """Sign in and open the folder to read, once. Raises a SourceError."""
        if self._connection is not None:
            return
        config = self._config
        parts = urlsplit(config.address)
        try:
            made = GuardedImap(
                parts.hostname or "",
                parts.port or _PORTS.get(parts.scheme, 993),
                config.max_bytes + 1,
                networks=choose_networks(config),
                is_tls=parts.scheme != PLAIN,
            )
            self._connection = made
            if parts.scheme == PLAIN and "STARTTLS" in made.capabilities:
                with made.bounds(PAGE_SECONDS):
                    made.starttls(ssl.create_default_context())
        except (imaplib.IMAP4.error, OSError) as error:
            message = "The mail server cannot be reached, or is where sources may not be."
            raise SourceUnavailable(message) from error
        _refuse_plain(made)
        self._sign_in(made)
        self._select(made)

    def _sign_in(self, connection: GuardedImap) -> None:
        try:
            with connection.bounds(PAGE_SECONDS):
                connection.login(_encode(self._config.username), self._config.credential)
        except imaplib.IMAP4.abort as error:
            raise SourceUnavailable from error
        except imaplib.IMAP4.error as error:
            raise CredentialRefused from error
        except OSError as error:
            raise SourceUnavailable from error

    def _select(self, connection: GuardedImap) -> None:
        folder = str(self._config.options.get("folder") or "INBOX")
        quoted = '"' + encode_folder(folder).replace("\\", "\\\\").replace('"', '\\"') + '"'
        try:
            with connection.bounds(PAGE_SECONDS):
                answer, _told = connection.select(quoted, readonly=True)
            validity = connection.response("UIDVALIDITY")[1]
        except (imaplib.IMAP4.error, OSError) as error:
            raise SourceUnavailable from error
        if answer != "OK":
            raise NotThere("There is no such folder in the mailbox.")
        self._validity = (validity[0] or b"0").decode() if validity else "0"

    def _ask(self, command: str, *arguments: Any, seconds: float = PAGE_SECONDS) -> list[Any]:
        self._config.note_life()
        if self._connection is None:
            raise SourceUnavailable
        try:
            with self._connection.bounds(seconds):
                answer, told = getattr(self._connection, command)(*arguments)
        except (imaplib.IMAP4.error, OSError) as error:
            raise SourceUnavailable("The mail server broke off.") from error
        if answer != "OK":
            raise SourceUnavailable("The mail server refused to answer.")
        return list(told)

    def _describe(self, uids: list[int]) -> Iterator[Item]:
        wanted = f"(UID RFC822.SIZE INTERNALDATE {_HEADERS})"
        numbers = ",".join(map(str, uids))
        for part in self._ask("uid", "FETCH", numbers, wanted):
            if isinstance(part, tuple) and (found := _UID.search(part[0])):
                yield build_item(f"{self._validity}:{int(found[1])}", part[0], part[1])


def _refuse_plain(connection: GuardedImap) -> None:
    """Raises SourceMisset where others could read the password, or the server wants none.

    Whoever stands between can leave out that a server offers encryption.
    """
    is_unwanted = "LOGINDISABLED" in connection.capabilities
    if connection.is_encrypted:
        if is_unwanted:
            raise SourceMisset("The mail server lets nobody sign in by a password.")
    elif is_unwanted or connection.is_far:
        raise SourceMisset(
            "The mail server offers no encryption, so the password was not sent to it. Use an"
            " address that begins with imaps://."
        )


def build_item(key: str, told: bytes, headers: bytes) -> Item:
    size, date = _SIZE.search(told), _DATE.search(told)
    received = _read_date(date[1]) if date else None
    subject, sender = read_headers(headers)
    day = f"{received:%Y-%m-%d} " if received else ""
    name = _SLASHES.sub(" ", subject)[:MAX_SUBJECT_CHARS].strip() or "message"
    return Item(
        key=key,
        path=f"{day}{name}.eml",
        # A message never changes.
        etag=key,
        size=int(size[1]) if size else None,
        modified=received,
        metadata={"author": sender, "date": received.isoformat() if received else ""},
    )


def _read_date(text: bytes) -> datetime | None:
    try:
        return datetime.strptime(text.decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, UnicodeDecodeError, OverflowError):
        return None


def encode_folder(name: str) -> str:
    """Return a folder's name in the form that IMAP has for it, a UTF-7 of its own."""
    parts: list[str] = []
    for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", name):
        if run[0] <= "~":
            parts.append(run.replace("&", "&-"))
        else:
            coded = run.encode("utf-7").decode().removeprefix("+").removesuffix("-")
            parts.append(f"&{coded.replace('/', ',')}-")
    return "".join(parts)


def _encode(text: str) -> str:
    """Return a user name in the quotes that a server wants around some characters."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def check(config: Config) -> None:
    """Raises ValidationError."""
    try:
        parts = urlsplit(config.address)
        is_fine = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
        has_name = parts.username is not None
    except ValueError:
        is_fine = has_name = False
    if not is_fine or has_name:
        raise ValidationError(
            _("Enter an address such as imaps://mail.example.org."), code="no_address"
        )


KIND = Kind(
    name="imap",
    title=gettext_lazy("Mailbox (IMAP)"),
    hint=gettext_lazy("The messages of one folder. None is marked as read."),
    open=Mailbox,
    check=check,
    address_label=gettext_lazy("Mail server"),
    address_hint=gettext_lazy("As in imaps://mail.example.org."),
    username_label=gettext_lazy("User name"),
    credential_label=gettext_lazy("Password"),
    options=(Option(name="folder", label=gettext_lazy("Folder"), default="INBOX"),),
)
