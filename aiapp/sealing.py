"""Encryption of what rows keep secret, by keys that are derived from SECRET_KEY.

What was encrypted with one of SECRET_KEY_FALLBACKS can still be read, and is encrypted with the
newest when it is saved or when an operator has all of it rotated.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """The secret was encrypted with a key that is neither SECRET_KEY nor one of its fallbacks."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Encryption for one purpose: what is sealed for another cannot be opened by it."""

    purpose: bytes

    def seal(self, secret: str) -> str:
        """Encrypt a secret; an empty one stays empty."""
        return self._build_cipher().encrypt(secret.encode()).decode() if secret else ""

    def unseal(self, sealed: str) -> str:
        """Decrypt a secret. Raises Unreadable."""
        if not sealed:
            return ""
        try:
            return self._build_cipher().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable from None

    def reseal(self, sealed: str) -> str:
        """Encrypt a secret with the newest key. Raises Unreadable."""
        return self.seal(self.unseal(sealed))

    def _build_cipher(self) -> MultiFernet:
        secrets: Sequence[str] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return MultiFernet([Fernet(self._derive(secret)) for secret in secrets])

    def _derive(self, secret: str) -> bytes:
        derived = HKDF(SHA256(), length=32, salt=None, info=self.purpose).derive(secret.encode())
        return base64.urlsafe_b64encode(derived)
