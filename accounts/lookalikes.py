"""The characters that a user name may hold, and the names that look alike.

What a name may hold is said by RFC 8265 (`precis-i18n`), what looks alike by the table of
confusables of Unicode's UTS 39 (`confusable-homoglyphs` carries it). Pure functions of text; the
table is a megabyte and is read when the first name is looked at.
"""

import hashlib
import unicodedata
from collections.abc import Set
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from precis_i18n import get_profile

BAD_NAME = _(
    "A name may contain letters of one script, digits and the characters . @ + - _, and nothing"
    " invisible."
)
BAD_EMAIL = _("Use plain letters, without accents, before the @ in an email address.")
# Scripts that are written together; every other pair in one name is there to deceive.
_TOGETHER = frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL"})
_NEUTRAL = frozenset({"COMMON", "INHERITED", "UNKNOWN"})
_LEFT_TO_RIGHT_MARK = "\u200e"
# What the table does not have, or has otherwise: palochka, a Han stroke and zero, two Cyrillic
# letters that are drawn as Latin ones, and a double v.
_ALSO_ALIKE = str.maketrans(
    {"\u04cf": "l", "\u4e28": "l", "\u3007": "o", "\u043f": "n", "\u044c": "b"}
)
_DOUBLE_V = "vv"
_DIGITS = frozenset("0123456789")
# On one letter.
MAX_MARKS = 4


def check_name(name: str) -> None:
    """Raises ValidationError for a name with characters that no name may hold."""
    try:
        get_profile("UsernameCaseMapped").enforce(name)
    except UnicodeError as error:
        raise ValidationError({"username": BAD_NAME}, code="bad_name") from error
    if not _is_of_one_script(name) or _has_piled_marks(name):
        raise ValidationError({"username": BAD_NAME}, code="bad_name")


def fold(text: str) -> str:
    """The text without what does not tell two names apart when they are typed.

    Stricter than the database, which takes a dotless i for an I in some locales: two texts that
    any of its comparisons takes for the same are the same here.
    """
    plain = unicodedata.normalize("NFKC", text).upper().casefold()
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    # An I with a dot becomes an i and the dot.
    return unicodedata.normalize("NFKC", plain.replace("i\u0307", "i")).strip()


def skeletons(name: str) -> set[str]:
    """Digests of how a name looks, as it is written and without its case.

    Two names that share one look alike. Some look alike only as they are written, as `Ian` with
    its capital I and `lan`; some only in their folded forms; and names of two scripts, as Latin
    and Cyrillic, often only in capitals, in which `bob` may be written as well.
    """
    folded = fold(name)
    capitals = folded.upper()
    # In capitals a 1 looks like an I as well, so that `user1` and `useri` would be one.
    looks = {_skeleton(name), _skeleton(folded), _skeleton(capitals, besides=_DIGITS)}
    return {hashlib.sha256(each.encode("utf-8", "replace")).hexdigest() for each in looks}


def _skeleton(text: str, besides: Set[str] = frozenset()) -> str:
    """UTS 39, section 4: decomposed, each character replaced by what it looks like."""
    table = _prototypes()
    plain = unicodedata.normalize("NFD", text).translate(_ALSO_ALIKE)
    looks = "".join(c if c in besides else table.get(c, c) for c in plain)
    looks = looks.replace(_DOUBLE_V, "w").replace(_LEFT_TO_RIGHT_MARK, "")
    return unicodedata.normalize("NFD", looks)


@cache
def _prototypes() -> dict[str, str]:
    """Map each character to the one that it looks like.

    The library tells for a character those that it is confused with, in both directions. Each
    such group has one in its midst, Unicode's prototype; of a mere pair one is chosen.
    """
    # Imported here, since the import reads the table.
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415

    def prototype(char: str) -> str:
        others = [each["c"] for each in confusables_data.get(char, ())]
        if len(others) != 1:
            return char
        (other,) = others
        is_pair = len(confusables_data.get(other, ())) == 1
        return char if is_pair and len(other) == 1 and char < other else str(other)

    first = {char: prototype(char) for char in confusables_data if len(char) == 1}
    # A prototype of several characters is replaced in turn, for of a pair either may be chosen.
    return {char: "".join(first.get(c, c) for c in look) for char, look in first.items()}


def _has_piled_marks(name: str) -> bool:
    """UTS 39, section 5.4: the same mark twice on a letter is not seen, and many hide what is."""
    run: list[str] = []
    for char in unicodedata.normalize("NFD", name):
        if unicodedata.category(char) != "Mn":
            run = []
        elif char in run[-1:] or len(run) == MAX_MARKS:
            return True
        else:
            run.append(char)
    return False


def _is_of_one_script(name: str) -> bool:
    from confusable_homoglyphs.categories import alias  # noqa: PLC0415

    scripts = {alias(char) for char in name} - _NEUTRAL
    return len(scripts) <= 1 or scripts <= _TOGETHER
