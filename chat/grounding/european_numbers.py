"""Numbers from 21 to 99 that are spelled out in other languages of Europe, as figures.

Only what is put together from tens and ones is read, which is nothing but a number: a word alone
is known where the terms are read (`chat.grounding.words.NUMBERS`).
"""

import re

# Tens from twenty on, what joins them, and ones.
_GERMAN = (
    "zwanzig dreißig|dreissig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "und",
    "ein zwei drei vier fünf sechs sieben acht neun",
)
_DUTCH = (
    "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "(?:en|ën)",
    "een twee drie vier vijf zes zeven acht negen",
)
_OTHERS = (
    (
        "vingt trente quarante cinquante soixante septante quatre[- ]vingt nonante",
        "(?:-et-| et |-| )",
        "une? deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
        " dix-sept dix-huit dix-neuf",
    ),
    (
        "veint treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        "(?:(?<=t)i| y )",
        "una?|uno|ún dos|dós tres|trés cuatro cinco seis|séis siete ocho nueve",
    ),
    (
        "venti? trenta? quaranta? cinquanta? sessanta? settanta? ottanta? novanta?",
        "",
        "uno due tre|tré quattro cinque sei sette otto nove",
    ),
    (
        "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
        " e ",
        "uma? dois|duas três quatro cinco seis sete oito nove",
    ),
    (
        "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
        " ",
        "один|одна|одно два|две три четыре пять шесть семь восемь девять",
    ),
)
# After sixty and eighty the French go on counting.
_GOES_ON = {60, 80}
_MAX_ONE = 9


Names = list[tuple[re.Pattern[str], int]]


def _list_names(words: str, start: int, step: int) -> Names:
    # A space within brackets is part of a word.
    names = re.findall(r"(?:\[[^\]]*\]|\S)+", words)
    return [
        (re.compile(name, re.IGNORECASE), start + step * place) for place, name in enumerate(names)
    ]


def _join(names: Names) -> str:
    # The longer ones stand behind: dix-sept, dix.
    return "|".join(pattern.pattern for pattern, _ in reversed(names))


def _compile(
    tens: str, joint: str, ones: str, *, is_turned: bool = False
) -> tuple[re.Pattern[str], Names, Names]:
    high, low = _list_names(tens, 20, 10), _list_names(ones, 1, 1)
    parts = [f"(?P<ten>{_join(high)})", f"(?P<one>{_join(low)})"]
    written = joint.join(reversed(parts) if is_turned else parts)
    return re.compile(rf"(?<![\w-]){written}(?![\w-])", re.IGNORECASE), high, low


_FORMS = (
    _compile(*_GERMAN, is_turned=True),
    _compile(*_DUTCH, is_turned=True),
    *(_compile(*language) for language in _OTHERS),
)


def write_european_figures(text: str) -> str:
    """The text with such numbers as figures."""
    for pattern, tens, ones in _FORMS:
        text = pattern.sub(lambda found, t=tens, o=ones: _write(found, t, o), text)  # type: ignore[misc]
    return text


def _write(found: re.Match[str], tens: Names, ones: Names) -> str:
    ten, one = _find(tens, found["ten"]), _find(ones, found["one"])
    is_number = one <= _MAX_ONE or ten in _GOES_ON
    return str(ten + one) if is_number else found[0]


def _find(names: Names, word: str) -> int:
    return next(value for pattern, value in names if pattern.fullmatch(word))
