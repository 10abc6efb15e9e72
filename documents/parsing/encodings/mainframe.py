"""EBCDIC, in which mainframes write: a blank is what elsewhere is an @, and no letter is ASCII."""

from documents.parsing.encodings.wide import is_utf_8

_CODECS = ("cp037", "cp500", "cp273", "cp1140")
_SAMPLE, _MIN_BYTES = 4096, 24
_BLANK, _OTHER_BLANK, _BELOW_LETTERS = 0x40, 0x20, 0x80
# Of a text, how many bytes are blanks, and how many signs are none that texts are full of.
_MIN_BLANKS, _MIN_LETTERS, _MAX_ODD = 0.06, 0.6, 0.1
_KNOWN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:-+*/()'\"=%&<>?_\n\r\t\x85"
    "ÄÖÜäöüßÀÁÂÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØÙÚÛàáâãåæçèéêëìíîïñòóôõøùúûÿ€"
)


def detect(data: bytes) -> str:
    """Return the encoding of a text of a mainframe; "" for all others."""
    sample = data[:_SAMPLE]
    blanks = sample.count(_BLANK)
    if len(sample) < _MIN_BYTES or blanks < _MIN_BLANKS * len(sample):
        return ""
    if sample.count(_OTHER_BLANK) * 4 > blanks or is_utf_8(sample):
        return ""
    if sum(byte > _BELOW_LETTERS for byte in sample) < _MIN_LETTERS * (len(sample) - blanks):
        return ""
    # They differ in signs and in letters with accents: the one that has the fewest odd ones.
    odd = {name: sum(sign not in _KNOWN for sign in sample.decode(name)) for name in _CODECS}
    best = min(_CODECS, key=lambda name: odd[name])
    return best if odd[best] <= _MAX_ODD * len(sample) else ""


def read(data: bytes, encoding: str) -> str:
    """Return a text with the line ends of other machines."""
    return data.decode(encoding).replace("\r\n", "\n").replace("\x85", "\n")
