"""Look for what somebody typed in a name or a title, as both look to the eye.

Titles are short and matched anywhere within, so no index serves them; PostgreSQL brings each into
one form, as `documents.text.words.plain` does, with one kind of quotation mark, dash and space.
"""

import re

from django.db.models import F, Func, TextField
from django.db.models.lookups import IContains

from documents.text.words import plain

_ALIKE = {
    "'": "`\u2018\u2019\u201a\u201b\u02bc",
    '"': "\u201c\u201d\u201e\u201f\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
}
_FROM = "".join(_ALIKE.values())
_TO = "".join(sign * len(many) for sign, many in _ALIKE.items())
_TABLE = str.maketrans(_FROM, _TO)
_BLANKS = re.compile(r"\s+")
# What has no width; the ranges that titles may hold.
_INVISIBLE = (
    r"[\u00ad\u034f\u061c\u0640\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff]"
)


# Of which NFKC makes an accent on the letter behind it.
_EXPRESSION = "translate(%(expressions)s, '\u00b4', '`')"


class _Look(Func):
    """A text as it looks. Class names of a regular expression would ask the locale."""

    template = (
        f"translate(regexp_replace(normalize({_EXPRESSION}, NFKC), '{_INVISIBLE}', '', 'g'),"
        f" '{_FROM.replace(chr(39), chr(39) * 2)}', '{_TO.replace(chr(39), chr(39) * 2)}')"
    )
    output_field = TextField()


def look(text: str) -> str:
    """A text as it looks to the eye."""
    return _BLANKS.sub(" ", plain(text).translate(_TABLE)).strip()


def looks_like(field: str, text: str) -> IContains:
    """A condition for `filter`: the field holds the text, whatever the case of its letters."""
    return IContains(_Look(F(field)), look(text))
