"""The words of a title, which are indexed with each chunk of its document.

A chunk rarely names the company or the year that its document is about; the title, mostly the
name of a file, does.
"""

import re

from documents.parsing.formats import BY_SUFFIX
from documents.text.words import plain, remove_signs

# Those of programs are words as well, as in "node.js" or "U.S.C.".
_SUFFIXES = [suffix for suffix, known in BY_SUFFIX.items() if not known.is_code]
_SUFFIX = re.compile(rf"(?:{'|'.join(map(re.escape, _SUFFIXES))})\b", re.IGNORECASE)
_SUFFIX_OF_NAME = re.compile(rf"(?<=\w){_SUFFIX.pattern}", re.IGNORECASE)


def build_heading(title: str) -> str:
    title = plain(title)
    return " ".join(remove_signs(_SUFFIX.sub(" ", title)).split()) or title


def remove_suffixes(text: str) -> str:
    """Text with the file names in it cut down to their words; a suffix by itself is a word."""
    return _SUFFIX_OF_NAME.sub(" ", text)
