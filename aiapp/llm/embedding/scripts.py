"""Check that an embedding model knows the script that a query is written in."""

from aiapp.text.stems import CJK_RUN

# Trained on English alone: of other scripts they know single characters at best, and rank by
# chance what words rank well. Models that are not named here are taken for multilingual.
ENGLISH_ONLY = (
    "all-minilm",
    "bge-small-en",
    "bge-base-en",
    "bge-large-en",
    "gte-small",
    "e5-small-v2",
)
_BASIC_LATIN_END = 0x24F
_MAX_FOREIGN_SHARE = 0.5


def knows(model: str, query: str) -> bool:
    """False where ranking by meaning would only add noise."""
    if not model.lower().startswith(ENGLISH_ONLY):
        return True
    letters = [char for char in query if char.isalpha()]
    foreign = sum(ord(char) > _BASIC_LATIN_END for char in letters)
    # Half a CJK word says as much as a Latin one, in fewer characters.
    return not letters or (foreign / len(letters) < _MAX_FOREIGN_SHARE and not _leans_on_cjk(query))


def _leans_on_cjk(query: str) -> bool:
    words = query.split()
    return sum(CJK_RUN.search(word) is not None for word in words) * 2 >= max(len(words), 1)
