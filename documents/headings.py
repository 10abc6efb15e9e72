"""The words of a title, which are indexed with each chunk of its document.

A chunk rarely names the company or the year that its document is about; the title, mostly the
name of a file, does. PostgreSQL takes AMAZON_2017_10K.pdf for one word, which no question holds.
"""

import re

from documents.formats import BY_SUFFIX

_SUFFIX = re.compile(rf"(?:{'|'.join(map(re.escape, BY_SUFFIX))})\b", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def heading(title: str) -> str:
    return _BETWEEN_WORDS.sub(" ", without_suffixes(title)).strip() or title


def without_suffixes(text: str) -> str:
    """Text with the file names in it cut down to their words."""
    return _SUFFIX.sub(" ", text)
