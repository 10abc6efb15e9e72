"""The words of RTF, by what they are to a reader; those that do something are in `reading`."""

import re

# Encodings of fonts by the numbers of their character sets; 0 and 1 are the document's own.
CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    255: "cp437",
}
SIGNS = {"tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•"}
SIGNS |= {"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " "}
SIGNS |= {"enspace": " ", "qmspace": " ", "page": "\n", "column": "\n", "nestcell": " "}
ESCAPES = {b"~": " ", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}"}
# Groups whose text nobody sees: lists of fonts and colours, codes of fields, what is there twice.
UNSEEN = {"colortbl", "info", "filetbl", "themedata", "listtable", "sp"}
UNSEEN |= {"listoverridetable", "rsidtbl", "generator", "xmlnstbl", "datastore", "revtbl"}
UNSEEN |= {"nonshppict", "bkmkstart", "bkmkend", "latentstyles", "nonesttables", "shprslt"}
UNSEEN |= {"ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn"}
# Entries of an index and of a table of contents, which stand in those.
UNSEEN |= {"xe", "tc", "tcn", "rxe"}
# Groups with a star, which says that they may be passed over, and with text all the same.
SEEN = {"shpinst", "shppict", "ud", "do", "momath", "momathpara"}
# What stands before the parts of a formula, and the groups of how one looks.
OF_FORMULAS = {"mden": "/", "msup": "^", "msub": "_"}
OF_SETTINGS = re.compile(r"m[a-z]{1,20}pr")
# Signs of the format, which may be the second byte of a letter in these encodings.
MARKS = (b"\\", b"{", b"}")
TWO_BYTES = {"cp932", "cp949", "gbk", "gb18030", "cp950", "big5", "johab"}
MARGINS = {f"{part}{pages}": part for part in ("header", "footer") for pages in ("", *"lrf")}
