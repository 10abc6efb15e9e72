"""PDFs name fonts that they do not hold; what they say is the same where no such font is installed.

Many programs draw each character by itself, above all those that justify lines.
"""

import pytest

from documents.tests.parsing import pdf

KOREAN, CHINESE, TAIWANESE, JAPANESE = (
    "제1조대한민국",
    "第1条中华人民共和国",
    "第1條中華民國",
    "第1条カナ日本国",
)
FAR_EAST = [
    ("HYSMyeongJo-Medium", "KSCms-UHC-H", "Korea1", "cp949", KOREAN),
    ("Batang", "UniKS-UCS2-H", "Korea1", "utf-16-be", KOREAN),
    ("STSong-Light", "GBK-EUC-H", "GB1", "gbk", CHINESE),
    ("SimSun", "UniGB-UCS2-H", "GB1", "utf-16-be", CHINESE),
    ("MSung-Light", "ETen-B5-H", "CNS1", "big5", TAIWANESE),
    ("MS-Mincho", "90ms-RKSJ-H", "Japan1", "cp932", JAPANESE),
    ("HeiseiMin-W3", "UniJIS-UTF16-H", "Japan1", "utf-16-be", JAPANESE),
]
DESCRIPTOR = (
    "<< /Type /FontDescriptor /FontName /{name} /Flags 6 /FontBBox [0 -150 1000 880]"
    " /ItalicAngle 0 /Ascent 880 /Descent -150 /CapHeight 737 /StemV 60 >>"
)


def name_far_eastern_font(name: str, encoding: str, ordering: str) -> bytes:
    return (
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /{encoding}"
        f" /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /DW 1000"
        f" /CIDSystemInfo << /Registry (Adobe) /Ordering ({ordering}) /Supplement 1 >>"
        f" /FontDescriptor {DESCRIPTOR.format(name=name)} >>] >>"
    ).encode()


def name_font_of(name: str, signs: str) -> bytes:
    """A font whose codes from 128 on are so many characters."""
    names = " ".join(f"/u{ord(sign):04X}" for sign in signs)
    widths = " ".join(["600"] * len(signs))
    return (
        f"<< /Type /Font /Subtype /TrueType /BaseFont /{name} /FirstChar 128"
        f" /LastChar {127 + len(signs)} /Widths [{widths}] /Encoding << /Type /Encoding"
        f" /BaseEncoding /WinAnsiEncoding /Differences [128 {names}] >>"
        f" /FontDescriptor {DESCRIPTOR.format(name=name)} >>"
    ).encode()


def draw_one_by_one(codes: list[str], step: float) -> str:
    return "".join(
        f"BT /F1 12 Tf {40 + step * n:.1f} 700 Td <{code}> Tj ET\n" for n, code in enumerate(codes)
    )


@pytest.mark.parametrize(("name", "encoding", "ordering", "codec", "text"), FAR_EAST)
def test_far_eastern_characters_that_are_drawn_one_by_one(
    read, name, encoding, ordering, codec, text
):
    content = draw_one_by_one([sign.encode(codec).hex() for sign in text], 12)
    page = pdf.draw_in(name_far_eastern_font(name, encoding, ordering), content)
    assert read(".pdf", page) == ([text], {})


@pytest.mark.parametrize("name", ["ArialMT", "TimesNewRomanPSMT", "CourierNew", "HouseFont"])
@pytest.mark.parametrize(
    "text", ["Конституция", "Σύνταγμα", "ąęłńśźż", "Đường", "กขคงจ", "कखगघ", "∑∫∞≤√", "❶❷❸"]
)
def test_characters_that_no_font_of_the_reader_has(read, name, text):
    codes = [f"{128 + n:02x}" for n in range(len(text))]
    page = pdf.draw_in(name_font_of(name, text), draw_one_by_one(codes, 7.2))
    assert read(".pdf", page) == ([text], {})


def test_spaces_that_are_drawn_by_themselves_change_nothing(read):
    signs = "Дом у моря"
    codes = [f"{128 + n:02x}" for n in range(len(signs))]
    page = pdf.draw_in(name_font_of("ArialMT", signs), draw_one_by_one(codes, 7.2))
    (text,), _ = read(".pdf", page)
    assert text.split() == signs.split()
