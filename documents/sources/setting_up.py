"""Writing of sources: all is checked, and a credential goes where it was entered for alone."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from documents.models import Source
from documents.sources import credentials
from documents.sources.base import Kind, Option
from documents.sources.connecting import build_config

MAX_OPTION_CHARS = 1_000


def check_source(source: Source, kind: Kind, credential: str, before: Source | None) -> None:
    """Check what was entered into a source, which is not saved here and where nothing is asked.

    A credential is encrypted into it; without one, that of `before`, what it was until now, goes
    on to be used. Raises ValidationError, or CredentialRefused for a stored one that is locked.
    """
    if credential:
        _set_credential(source, credential)
    elif before is not None:
        _keep_credential(source, before, kind)
    if kind.address_label and not source.address and kind.is_address_required:
        raise ValidationError({"address": _("This field is required.")})
    kind.check(build_config(source))


def _set_credential(source: Source, credential: str) -> None:
    text = credential.strip()
    if len(text) > credentials.MAX_CHARS or "\x00" in text:
        raise ValidationError({"credential": _("This is not a credential: it is too long.")})
    source.sealed_credential = credentials.seal(text)


def _keep_credential(source: Source, before: Source, kind: Kind) -> None:
    """Have the stored credential go on to be used.

    It goes to the place that it was entered for and to no other: whoever may change an address
    could have it sent to themselves.
    """
    if source.sealed_credential and _find_places(source, kind) != _find_places(before, kind):
        message = _("Enter the credential again: the stored one was entered for another server.")
        raise ValidationError({"credential": message})


def _find_places(source: Source, kind: Kind) -> set[str]:
    """Return the servers that a source's credential may go to."""
    told = [source.options.get(option.name) for option in kind.options if option.is_place]
    return {_find_origin(str(each)) for each in [source.address, *told] if each}


def _find_origin(address: str) -> str:
    try:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname}:{parts.port}"
    except ValueError:
        return address


def clean_options(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a kind as they are kept. Raises ValidationError."""
    return {option.name: _clean_option(option, values.get(option.name)) for option in kind.options}


def _clean_option(option: Option, value: Any) -> Any:
    if option.type == "flag":
        return bool(value)
    if option.type == "number":
        try:
            number = int(value) if value not in (None, "") else int(option.default)
        except (TypeError, ValueError, OverflowError):
            raise ValidationError({option.name: _("Enter a whole number.")}) from None
        return max(0, min(number, 1_000_000))
    text = str(value or option.default or "").strip()
    if len(text) > MAX_OPTION_CHARS or not text.isprintable():
        raise ValidationError({option.name: _("This is too long, or holds control characters.")})
    if option.is_required and not text:
        raise ValidationError({option.name: _("This field is required.")})
    return text
