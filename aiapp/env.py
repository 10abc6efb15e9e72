"""Typed readers for environment variables, and the places that follow from `DATA_DIR`.

Every variable is read through this module and refused with its name when it does not parse, so
that a typing mistake stops the start instead of surfacing as a wrong default in production.
A variable that is set but empty counts as unset. `NAME_FILE` may point to a file that holds the
value, as container secrets do.
"""

import fcntl
import hashlib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

# A Unix socket's path may have 107 bytes; PostgreSQL appends `/.s.PGSQL.5432` and a lock suffix.
SOCKET_DIR_LIMIT = 80
# The suffix of a file beside a model server's socket that says that it is not needed yet; whoever
# asks the server takes it away.
ASLEEP = ".asleep"
# That of a file that says that it starts, or makes way for another model; whoever asks it waits.
WAKING = ".waking"

TRUE = {"1", "true", "yes", "on"}
_RATE = re.compile(r"[0-9]+/[1-9]?[0-9]*[smhd]")
FALSE = {"0", "false", "no", "off"}


def set_web_defaults() -> None:
    """Set what a web process has by itself, before anybody reads the settings."""
    # A web server pools its database connections; see DATABASE_POOL_SIZE in the settings.
    os.environ.setdefault("DATABASE_POOL_SIZE", "10")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")


def text(name: str, default: str = "") -> str:
    """The variable's value, or the content of the file that `NAME_FILE` names, or the default."""
    value = os.environ.get(name, "")
    file = os.environ.get(f"{name}_FILE", "")
    if not value and file:
        try:
            value = Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {error}") from error
    return value or default


def with_password(url: str, password: str) -> str:
    """Return an address with a password, unless it holds one itself."""
    parts = urlsplit(url)
    if not password or parts.password or not parts.hostname:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:{quote(password, '')}@{host}"))


def boolean(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}")
    return value in TRUE


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    value = text(name)
    try:
        number = int(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from error
    if number < minimum:
        raise ImproperlyConfigured(f"{name} must be at least {minimum}, not {number}")
    return number


def number(name: str, default: float, *, minimum: float = 0) -> float:
    value = text(name)
    try:
        result = float(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}") from error
    if result < minimum:
        raise ImproperlyConfigured(f"{name} must be at least {minimum}, not {result}")
    return result


def one_of(name: str, default: str, values: Sequence[str]) -> str:
    """One of some words."""
    value = text(name, default)
    if value not in values:
        raise ImproperlyConfigured(f"{name} is one of {', '.join(values)}, not {value!r}.")
    return value


def rate(name: str, default: str) -> str:
    """So many in a time, as `10/m`, or "" if it says `off`, which bounds nothing."""
    value = text(name, default)
    if value == "off":
        return ""
    if not _RATE.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must be like 10/m, 600/h or off, not {value!r}")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list; blanks around and between the commas are dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def chains(name: str) -> dict[str, list[str]]:
    """Return what follows each word in a comma-separated list of chains, such as `a>b>c, b>d`.

    A word that begins a chain is followed by the rest of it; here `b` by `d` and not by `c`.
    """
    found: dict[str, list[str]] = {}
    for chain in words(name):
        first, *others = (word.strip() for word in chain.split(">"))
        if not others or not all([first, *others]) or first in [*others, *found]:
            raise ImproperlyConfigured(f"{name} must be like a>b>c, d>b, not {chain!r}")
        found[first] = others
    return found


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """A comma-separated list of networks, such as 10.1.0.0/16."""
    try:
        return [ip_network(word) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def tables(name: str, fields: Mapping[str, type]) -> dict[str, dict[str, Any]]:
    """The tables of a TOML file, each with some of these fields; none without the variable."""
    file = os.environ.get(name, "")
    if not file:
        return {}
    try:
        data = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error
    for table, row in data.items():
        wrong = not isinstance(row, dict) or [
            key for key, value in row.items() if type(value) is not fields.get(key)
        ]
        if wrong:
            known = ", ".join(f"{key} ({kind.__name__})" for key, kind in fields.items())
            raise ImproperlyConfigured(f"{name}: [{table}] may have {known} and nothing else")
    return data


def run_dir(data_dir: Path) -> Path:
    """Return the folder of the Unix sockets of one installation's embedded parts.

    Normally `DATA_DIR/run`; a path too long for a socket is replaced by a short one that is
    unique to this user and data directory.
    """
    natural = data_dir / "run"
    if len(os.fsencode(natural)) <= SOCKET_DIR_LIMIT:
        return natural
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path("/tmp") / f"aiapp-{os.getuid()}-{digest}"  # noqa: S108 - made with mode 700


def private_dir(path: Path) -> Path:
    """Make a directory that only this user may enter, and refuse one that belongs to another."""
    path.mkdir(parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise ImproperlyConfigured(f"{path} belongs to another user")
    path.chmod(0o700)
    return path


def load_or_make_secret(path: Path) -> str:
    """Return a random secret of 256 bits, made at the first call and kept in a file of mode 600.

    A file that is empty, as a full disk or a power failure may leave it, counts as none. Raises
    OSError if it cannot be kept.
    """
    with suppress(FileNotFoundError):
        if value := path.read_text(encoding="ascii").strip():
            return value
    with open(path, "a+", encoding="ascii", opener=_open_private) as file:
        # Of several processes that start at once, one makes it.
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        value = file.read().strip()
        if not value:
            value = secrets.token_urlsafe(32)
            file.write(value)
    return value


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
