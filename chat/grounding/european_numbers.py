"""Numbers from 21 to 99 that are spelled out in other languages of Europe, as figures.

Only what is put together from tens and ones is read, which is nothing but a number: a word alone
is known where the terms are read (`chat.grounding.words.NUMBERS`).
"""

import re

# Tens from twenty on, what joins them, and ones; those of one value are parted by a slash.
_ONES_FIRST = (
    (
        "zwanzig, dreißig/dreissig, vierzig, fünfzig, sechzig, siebzig, achtzig, neunzig",
        "und",
        "ein, zwei, drei, vier, fünf, sechs, sieben, acht, neun",
    ),
    (
        "twintig, dertig, veertig, vijftig, zestig, zeventig, tachtig, negentig",
        "[eë]n",
        "een, twee, drie, vier, vijf, zes, zeven, acht, negen",
    ),
)
_TENS_FIRST = (
    (
        "vingt, trente, quarante, cinquante, soixante, septante, quatre-vingt/quatre vingt,"
        " nonante",
        "(?:-et-| et |-| )",
        "un/une, deux, trois, quatre, cinq, six, sept, huit, neuf, dix, onze, douze, treize,"
        " quatorze, quinze, seize, dix-sept, dix-huit, dix-neuf",
    ),
    (
        "veint, treinta, cuarenta, cincuenta, sesenta, setenta, ochenta, noventa",
        "(?:(?<=t)i| y )",
        "uno/una/un/ún, dos/dós, tres/trés, cuatro, cinco, seis/séis, siete, ocho, nueve",
    ),
    (
        "venti/vent, trenta/trent, quaranta/quarant, cinquanta/cinquant, sessanta/sessant,"
        " settanta/settant, ottanta/ottant, novanta/novant",
        "",
        "uno, due, tre/tré, quattro, cinque, sei, sette, otto, nove",
    ),
    (
        "vinte, trinta, quarenta, cinquenta, sessenta, setenta, oitenta, noventa",
        " e ",
        "um/uma, dois/duas, três, quatro, cinco, seis, sete, oito, nove",
    ),
    (
        "двадцать, тридцать, сорок, пятьдесят, шестьдесят, семьдесят, восемьдесят, девяносто",
        " ",
        "один/одна/одно, два/две, три, четыре, пять, шесть, семь, восемь, девять",
    ),
)
# After sixty and eighty the French go on counting.
_GOES_ON = {60, 80}
_MAX_ONE = 9


def _map_names(names: str, first: int, step: int) -> dict[str, int]:
    return {
        name: first + step * place
        for place, same in enumerate(names.split(", "))
        for name in same.split("/")
    }


def _join(names: str) -> str:
    # The longer ones first: dix-sept, dix.
    return "|".join(sorted(_map_names(names, 0, 0), key=len, reverse=True))


_FORMS = [
    (
        re.compile(
            rf"(?<![\w-])(?P<one>{_join(ones)}){joint}(?P<ten>{_join(tens)})(?![\w-])",
            re.IGNORECASE,
        ),
        _map_names(tens, 20, 10),
        _map_names(ones, 1, 1),
    )
    for tens, joint, ones in _ONES_FIRST
] + [
    (
        re.compile(
            rf"(?<![\w-])(?P<ten>{_join(tens)}){joint}(?P<one>{_join(ones)})(?![\w-])",
            re.IGNORECASE,
        ),
        _map_names(tens, 20, 10),
        _map_names(ones, 1, 1),
    )
    for tens, joint, ones in _TENS_FIRST
]


def write_european_figures(text: str) -> str:
    """The text with such numbers as figures."""
    for pattern, tens, ones in _FORMS:
        at, parts = 0, []
        for found in pattern.finditer(text):
            # A long s and a dotless i are an s and an i where case is nothing, and not in lower().
            ten, one = tens.get(found["ten"].lower()), ones.get(found["one"].lower())
            if ten and one and (one <= _MAX_ONE or ten in _GOES_ON):
                parts += [text[at : found.start()], str(ten + one)]
                at = found.end()
        text = "".join([*parts, text[at:]])
    return text
