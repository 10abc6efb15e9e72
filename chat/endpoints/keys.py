"""Encryption of endpoints' keys, by a secret that is derived from SECRET_KEY.

What was encrypted with one of SECRET_KEY_FALLBACKS can still be read, and is encrypted with the
newest when it is saved or by `manage.py models rotate`. A key is put in and never shown again.
"""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MAX_CHARS = 2_000
# Another use of SECRET_KEY has another one of these, so that neither opens the other's secrets.
PURPOSE = b"chat.endpoints.keys"


class KeyUnreadable(Exception):
    """The key was encrypted with a secret that is neither SECRET_KEY nor one of its fallbacks."""


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


def seal(key: str) -> str:
    """Encrypt a key; an empty one stays empty."""
    return _build_cipher().encrypt(key.encode()).decode() if key else ""


def unseal(sealed: str) -> str:
    """Decrypt a key. Raises KeyUnreadable."""
    if not sealed:
        return ""
    try:
        return _build_cipher().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise KeyUnreadable from None


def reseal(sealed: str) -> str:
    """Encrypt a key with the newest secret. Raises KeyUnreadable."""
    return seal(unseal(sealed))


def _build_cipher() -> MultiFernet:
    secrets: Sequence[str] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(secret)) for secret in secrets])


def _derive(secret: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
