"""Addresses of servers, as people enter them."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def check_web_address(address: str) -> None:
    """Raises ValidationError for what is no address, or holds a password that would be shown."""
    try:
        parts = urlsplit(address)
        is_fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        has_password = parts.username is not None or parts.password is not None
    except ValueError:
        is_fine = has_password = False
    if not is_fine or not address.isprintable() or " " in address:
        raise ValidationError(
            _("Enter an address that begins with https:// or http://."), code="no_address"
        )
    if has_password:
        raise ValidationError(
            _("Enter the user name and password in their own fields, not in the address."),
            code="password_in_address",
        )
