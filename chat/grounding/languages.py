"""The language of a text, as far as it decides whether words can be compared.

By its script, and where that is Latin by the small words that a text cannot do without. A model
answers in the language of the question; over passages in another one only the numbers are the same.
"""

import re
from functools import lru_cache

_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7a3]"),
    "zh": re.compile(r"[\u3400-\u9fff]"),
    "cyrillic": re.compile(r"[\u0400-\u04ff]"),
    "greek": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "arabic": re.compile(r"[\u0600-\u06ff]"),
    "hebrew": re.compile(r"[\u0590-\u05ff]"),
    "thai": re.compile(r"[\u0e00-\u0e7f]"),
    "devanagari": re.compile(r"[\u0900-\u097f]"),
}
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_WORD = re.compile(r"[^\W\d_]+")
_SMALL_WORDS = {
    "en": "the and of to is are was were for with that from by this it be has have not at which its"
    " you can or an as your will may must they if",
    "de": "der die das und ist nicht ein eine zu den mit von für auf im dem des sich wird sind bei"
    " sie es wir haben hat kann oder als nach bis zum zur am wenn nur pro einer",
    "fr": "le la les des et est une dans pour que qui sur par au du avec sont pas ce aux vous ou un"
    " il peut être",
    "es": "el los las y es una en por para que del con se su como son al lo puede o un sus",
    "it": "il gli di che è una per con del della nel sono non le dei alla un può o si",
    "pt": "o os as e é uma em para com não do da dos das por que são ao um pode ou se",
    "nl": "de het een van en is niet met voor op zijn aan dat worden bij u kan of als",
    "sv": "och att är en ett det som på för med av inte till",
    "da": "og er en et det som på for med af ikke til der",
    "pl": "i w z na do nie się jest że oraz dla są",
    "cs": "a v na je se že do pro jsou není",
    "tr": "ve bir bu için ile olan olarak daha",
    "vi": "và là của cho các được không có trong",
    "id": "dan yang di untuk dengan adalah dari pada",
    "ro": "și în la de pe cu este sunt nu pentru",
    "hu": "a az és hogy nem egy vagy",
    "fi": "ja on ei että se ovat tai",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in _words.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)
# So many more of one language's small words than of any other's.
MIN_LEAD = 2
# Of a long text the beginning tells as well.
MAX_CHARS = 4_000


@lru_cache(maxsize=512)
def find_language(text: str) -> str:
    """Return a language or a script; empty where a text is too short to tell."""
    latin = len(_LATIN.findall(text))
    counts = {name: len(signs.findall(text)) for name, signs in _SCRIPTS.items()}
    # Japanese is written in Chinese characters, too.
    if counts["ja"]:
        counts["ja"] += counts.pop("zh")
    script = max(counts, key=lambda name: counts[name])
    if 2 * counts[script] > latin:
        return script
    return _find_latin_language(text) if latin > 2 * counts[script] else ""


def _find_latin_language(text: str) -> str:
    counts: dict[str, int] = {}
    for word in _WORD.findall(text.lower()):
        for language in _LANGUAGES_OF.get(word, ()):
            counts[language] = counts.get(language, 0) + 1
    first, second = sorted([*counts.values(), 0, 0], reverse=True)[:2]
    if first - second < MIN_LEAD:
        return ""
    return max(counts, key=lambda language: counts[language])


def are_foreign(one: str, other: str) -> bool:
    """Return whether two texts are in languages that surely differ."""
    mine, theirs = find_language(one[:MAX_CHARS]), find_language(other[:MAX_CHARS])
    return bool(mine and theirs) and mine != theirs
