"""The credential of a source: encrypted in its row, put in and never shown again."""

from aiapp.sealing import Seal, Unreadable
from documents.models import Source
from documents.sources.errors import CredentialRefused

MAX_CHARS = 20_000
_SEAL = Seal(b"documents.sources.credentials")
seal, unseal, reseal = _SEAL.seal, _SEAL.unseal, _SEAL.reseal


def read_credential(source: Source) -> str:
    """Return the credential of a source. Raises CredentialRefused for one that is locked."""
    try:
        return unseal(source.sealed_credential)
    except Unreadable:
        raise CredentialRefused(
            "The stored credential was encrypted with another SECRET_KEY. Enter it again."
        ) from None


def rotate() -> tuple[int, list[str]]:
    """Encrypt all with the newest secret; return how many, and whose could not be read."""
    done, unreadable = 0, []
    for source in Source.objects.exclude(sealed_credential=""):
        try:
            sealed = reseal(source.sealed_credential)
        except Unreadable:
            unreadable.append(source.name)
            continue
        # Unless another was entered meanwhile.
        Source.objects.filter(pk=source.pk, sealed_credential=source.sealed_credential).update(
            sealed_credential=sealed
        )
        done += 1
    return done, unreadable
