"""Writing of sources: all is checked, and a credential goes where it was entered for alone."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from documents.models import Source
from documents.sources import credentials
from documents.sources.base import Config, Kind, Option

MAX_OPTION_CHARS = 1_000


def set_credential(source: Source, credential: str) -> None:
    """Encrypt a credential into a source, which is not saved here. Raises ValidationError."""
    text = credential.strip()
    if len(text) > credentials.MAX_CHARS or "\x00" in text:
        raise ValidationError(_("This is not a credential: it is too long."), code="no_credential")
    source.sealed_credential = credentials.seal(text)


def keep_credential(source: Source, before: Source, kind: Kind) -> None:
    """Have the stored credential go on to be used. Raises ValidationError.

    It goes to the place that it was entered for and to no other: whoever may change an address
    could have it sent to themselves.
    """
    if source.sealed_credential and _find_places(source, kind) != _find_places(before, kind):
        raise ValidationError(
            _("Enter the credential again: the stored one was entered for another server."),
            code="another_server",
        )


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
        except (TypeError, ValueError):
            raise ValidationError({option.name: _("Enter a whole number.")}) from None
        return max(0, min(number, 1_000_000))
    text = str(value or option.default or "").strip()
    if len(text) > MAX_OPTION_CHARS or not text.isprintable():
        raise ValidationError({option.name: _("This is too long, or holds control characters.")})
    if option.is_required and not text:
        raise ValidationError({option.name: _("This field is required.")})
    return text


def check(kind: Kind, config: Config) -> None:
    """Check what was entered, without asking the place. Raises ValidationError."""
    if kind.address_label and not config.address and kind.is_address_required:
        raise ValidationError({"address": _("This field is required.")})
    kind.check(config)
