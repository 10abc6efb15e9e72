"""Text without its disguises, for matching; never shown, never sent on."""

import base64
import binascii
import re
from itertools import islice

from aiapp.text.normal_form import normalize
from chat.prompts.plain_text import INVISIBLE

# Letters of other alphabets that look like Latin ones, as they are used inside Latin words.
_LOOKALIKES = str.maketrans("аеорсухіјѕһԁԛԝɑοαερυν", "aeopcyxijshdqwaoaepuv")
_WORD = re.compile(r"\w+")
_LATIN = re.compile(r"[a-z]")
_SPACED = re.compile(r"(?<!\w)\w(?:[ ._*\-]\w){4,}(?!\w)")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,4000}={0,2}")
_SPACE = re.compile(r"\s+")
MAX_DECODED = 20
# Tag characters stand for those of ASCII, this much further up.
_TAGS = 0xE0000


def plain(text: str) -> str:
    """Return a text in small letters and one line, without lookalikes, spacing and hidden marks."""
    text = INVISIBLE.sub("", normalize("NFKC", text)).lower()
    if not text.isascii():
        text = _WORD.sub(_replace_lookalikes, text)
    text = _SPACED.sub(lambda letters: re.sub(r"[ ._*\-]", "", letters[0]), text)
    return _SPACE.sub(" ", text)


def decode_base64(text: str) -> list[str]:
    """The texts that stand in it in Base64."""
    texts = []
    for match in islice(_BASE64.finditer(text), MAX_DECODED):
        whole = match[0][: len(match[0]) // 4 * 4]
        try:
            plaintext = base64.b64decode(whole, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if plaintext.isprintable():
            texts.append(plaintext)
    return texts


def decode_tag_characters(text: str) -> str:
    """Return the text written in tag characters, which models read and people do not see."""
    shifted = (ord(character) - _TAGS for character in text)
    return "".join(chr(code) for code in shifted if ord(" ") <= code <= ord("~"))


def _replace_lookalikes(word: re.Match[str]) -> str:
    """The word in Latin letters if it has one already; a word of another alphabet as it is."""
    # Looked for here and not by the expression for words, which would begin at each letter anew.
    letters = word[0]
    return (
        letters
        if letters.isascii() or not _LATIN.search(letters)
        else letters.translate(_LOOKALIKES)
    )
