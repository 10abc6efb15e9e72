"""Keys of endpoints, encrypted (`aiapp.sealing`). A key is put in and never shown again."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from aiapp.sealing import Seal, Unreadable

MAX_CHARS = 2_000
_SEAL = Seal(b"chat.endpoints.keys")
seal, unseal, reseal = _SEAL.seal, _SEAL.unseal, _SEAL.reseal
KeyUnreadable = Unreadable


def clean_key(text: str) -> str:
    """Return a key as it was pasted, without what came along. Raises ValidationError."""
    key = text.strip().strip("\"'").strip()
    if key[:7].lower() == "bearer ":
        key = key[7:].strip()
    if len(key) > MAX_CHARS or not all("!" <= character <= "~" for character in key):
        # It goes into a header, where a line break would begin another one.
        raise ValidationError(
            _("This is not a key: it contains spaces, line breaks or letters that no key has."),
            code="no_key",
        )
    return key
