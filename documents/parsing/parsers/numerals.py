"""Numbers of lists as they are shown: in letters, in Roman numbers, in Korean syllables."""

_KOREAN = "가나다라마바사아자차카타파하"
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc")),
    *((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MAX_ROMAN = 3999


def write(number: int, kind: str) -> str:
    """Return a number as lists of a kind show it, by the name that the kind has in Word."""
    if kind in {"lowerLetter", "upperLetter"} and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 10)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in {"lowerRoman", "upperRoman"} and 0 < number <= _MAX_ROMAN:
        roman = ""
        for value, letters in _ROMAN:
            roman += letters * (number // value)
            number %= value
        return roman.upper() if kind == "upperRoman" else roman
    if kind == "ganada" and 0 < number <= len(_KOREAN):
        return _KOREAN[number - 1]
    return f"{number:02}" if kind == "decimalZero" else str(number)
