"""The settings by which a collection is cut and searched, where they are not the defaults.

Kept in `Collection.tuning` as an object of what differs. What concerns cutting applies to files
that are read afterwards; all else applies to the next search.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from django.conf import settings

from aiapp.errors import InvalidInput
from documents.models import Collection


@dataclass(frozen=True, slots=True)
class Tuning:
    # How much of a passage's score is nearness of meaning; the rest is words. None has each
    # question decide (`documents.search.fusion`).
    dense_weight: float | None = None
    # What words of the document's title are worth beside words of the text.
    title_weight: float = 0.5
    # How many passages an answer is made from.
    passages: int = settings.RETRIEVAL_PASSAGES
    # So many chunks before and after each passage are read with it.
    neighbours: int = 0
    # Characters of a chunk, and how many of them it has in common with the one before.
    chunk_chars: int = settings.CHUNK_CHARS
    chunk_overlap: int = settings.CHUNK_OVERLAP

    @classmethod
    def of(cls, collection: Collection) -> Self:
        """A collection's own."""
        return cls.load(collection.tuning)

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> Self:
        """Return the settings that a collection keeps; what this release does not know is left."""
        return cls(**{name: kept[name] for name in BOUNDS if name in kept})

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """From what somebody wrote. Raises InvalidInput that names the fields."""
        faults = [
            {"field": name, "reason": reason}
            for name, value in values.items()
            if (reason := _fault(name, value))
        ]
        if faults:
            reasons = "; ".join(f"{fault['field']}: {fault['reason']}" for fault in faults)
            raise InvalidInput(
                f"These settings are not valid. {reasons}.", code="invalid_tuning", fields=faults
            )
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """Only what differs from the defaults, as a collection keeps it."""
        default = asdict(DEFAULT)
        return {name: value for name, value in asdict(self).items() if value != default[name]}


BOUNDS: dict[str, tuple[float, float]] = {
    "dense_weight": (0, 1),
    "title_weight": (0, 2),
    "passages": (1, 20),
    "neighbours": (0, 3),
    "chunk_chars": (200, 4000),
    "chunk_overlap": (0, 1000),
}
# What takes effect when files are read anew, and not at the next search.
CUTTING = frozenset({"chunk_chars", "chunk_overlap"})
_WHOLE = {field.name for field in fields(Tuning) if field.type is int}
DEFAULT = Tuning()


def _fault(name: str, value: Any) -> str:
    """Return what is wrong with a value, or ""."""
    if name not in BOUNDS:
        return "there is no such setting"
    low, high = BOUNDS[name]
    number = int if name in _WHOLE else int | float
    if isinstance(value, bool) or not isinstance(value, number):
        return "a whole number is wanted" if name in _WHOLE else "a number is wanted"
    return "" if low <= value <= high else f"between {low:g} and {high:g}"
