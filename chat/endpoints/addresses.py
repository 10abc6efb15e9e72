"""Addresses of endpoints, from what people paste.

People paste the address of their browser, of a curl command or of a vendor's first page. What can
be meant is made out of it; what cannot is refused with the reason.
"""

import re
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aiapp.http.outgoing.fetch_guard import is_of_no_server
from chat.endpoints.presets import ANTHROPIC, PRESETS, Preset

MAX_CHARS = 500
# The ends of addresses of single operations.
_OPERATIONS = re.compile(
    r"/(?:chat/completions|completions|responses|embeddings|messages|models"
    r"|api/(?:chat|generate|tags|show|version)|health)$"
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?", re.IGNORECASE)
# What is written without a scheme and is no host of the internet.
_NEAR = re.compile(r"localhost|host\.docker\.internal|[^.]+|.*\.(?:local|lan|internal|localhost)")
# Of Azure's older addresses; of the newest ones it is left out.
API_VERSION = "api-version"
DEPLOYMENT = re.compile(r"/openai/deployments/[^/]+$")
VERSION_OF_DEPLOYMENTS = "2024-10-21"
# Where clouds tell machines their secrets; no model is there.
_METADATA = {"metadata", "metadata.google.internal", "instance-data"}


def clean_address(kind: str, text: str) -> str:
    """Return the base URL that is meant. Raises ValidationError with a sentence for people."""
    preset = PRESETS[kind]
    text = "".join(text.split())
    if not text:
        text = preset.address
    if not text or len(text) > MAX_CHARS:
        raise ValidationError(_("Enter the address of the server, as in https://host/v1."))
    if "://" not in text:
        text = f"{_guess_scheme(text)}://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValidationError(_("This is not the address of a server.")) from None
    if parts.scheme not in {"http", "https"}:
        raise ValidationError(_("The address begins with http:// or https://."))
    _check_host(host)
    if parts.username or parts.password:
        raise ValidationError(
            _("Leave the user name and password out of the address; the key has its own field.")
        )
    path = _clean_path(preset, parts.path)
    netloc = f"[{host}]" if ":" in host else host
    netloc = netloc if port is None else f"{netloc}:{port}"
    query = _clean_query(path, parts.query)
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def get_origin(address: str) -> tuple[str, str, int | None]:
    """Return the server of an address; a key goes to no other than it was entered for."""
    parts = urlsplit(address)
    return parts.scheme, (parts.hostname or ""), parts.port


def list_alternatives(address: str) -> list[str]:
    """Return other addresses at the same server, for where this one has no models."""
    parts = urlsplit(address)
    paths = [f"{parts.path}/v1", "/v1", "/api/v1", "/openai/v1", "/api", ""]
    if parts.path.endswith("/v1"):
        paths.insert(0, parts.path.removesuffix("/v1"))
    others = (urlunsplit(parts._replace(path=path)) for path in paths)
    return [other for other in dict.fromkeys(others) if other != address]


def _guess_scheme(text: str) -> str:
    host = re.split(r"[/:?]", text, maxsplit=1)[0].lower()
    try:
        return "http" if ip_address(host).is_private else "https"
    except ValueError:
        return "http" if _NEAR.fullmatch(host) else "https"


def _check_host(host: str) -> None:
    try:
        address = ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host):
            raise ValidationError(_("This is not the address of a server.")) from None
        if host.lower() in _METADATA:
            raise ValidationError(_("This address is not allowed.")) from None
        return
    if is_of_no_server(address):
        # 169.254.169.254 is where clouds keep machines' secrets.
        raise ValidationError(_("This address is not allowed."))


def _clean_path(preset: Preset, path: str) -> str:
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    while not DEPLOYMENT.search(path) and (match := _OPERATIONS.search(path)):
        path = path[: match.start()]
    if preset.vendor == ANTHROPIC:
        # Its library writes the version itself.
        return path.removesuffix("/v1")
    if preset.is_local and path == "/api":
        # Of its own protocol.
        path = ""
    if preset is PRESETS["azure"] and path in {"/openai", "/openai/deployments"}:
        path = ""
    return path or preset.path


def _clean_query(path: str, query: str) -> str:
    given = dict(parse_qsl(query))
    if set(given) - {API_VERSION}:
        raise ValidationError(
            _("Leave out everything after the question mark; the key has its own field.")
        )
    if DEPLOYMENT.search(path):
        return urlencode({API_VERSION: given.get(API_VERSION) or VERSION_OF_DEPLOYMENTS})
    # Azure's newer addresses need none, and would be asked in the older way with one.
    return "" if path.endswith("/v1") else urlencode(given)
