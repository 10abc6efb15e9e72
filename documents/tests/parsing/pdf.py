"""Small PDFs of every kind that an upload may be."""

import io
from collections.abc import Iterable

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)

HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
KOREAN = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /HYSMyeongJo-Medium /Encoding /KSCms-UHC-H"
    b" /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HYSMyeongJo-Medium"
    b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Korea1) /Supplement 1 >> /DW 1000"
    b" /FontDescriptor << /Type /FontDescriptor /FontName /HYSMyeongJo-Medium /Flags 6"
    b" /FontBBox [0 -150 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -150 /CapHeight 737"
    b" /StemV 60 >> >>] >>"
)


def pages(*texts: str) -> bytes:
    """A PDF with one page for each text; a text may have several lines."""
    return _file([_text_page(text) for text in texts])


def pages_of_size(size: int, *texts: str) -> bytes:
    """Such a PDF whose pages take so many bytes more each, in remarks that nobody sees.

    Ten pages have a node of their own, as programs that write long documents arrange them.
    """
    return _file([_text_page(text) + b"\n%" + b"-" * size for text in texts], in_node=10)


def encrypt_pages(*texts: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(*texts))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def locked_for_editing(*texts: str) -> bytes:
    """Encrypted, but everybody may read it: only its owner's password is set."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(*texts))))
    writer.encrypt("", "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def images_only(count: int = 2) -> bytes:
    """As from a scanner: a picture on each page, here a grey square, and no text."""
    return _file([b"q 200 0 0 200 100 400 cm 0.5 g 0 0 1 1 re f Q"] * count)


def rotate_pages(*texts: str) -> bytes:
    """Pages that a reader has to turn, as some scanners and spreadsheets make them."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(*texts))))
    for page in writer.pages:
        page.rotate(90)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def draw_turned(degrees: int, *lines: str, turned_back: bool = False) -> bytes:
    """A page with its lines drawn at an angle; turned back, it is shown upright all the same."""
    x, y = {90: (1, 0), 180: (1, 1), 270: (0, 1)}[degrees]
    a, b = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    body = "\n".join(f"BT /F1 9 Tf 40 {740 - 14 * n} Td {line} ET" for n, line in enumerate(lines))
    (page,) = PdfReader(
        io.BytesIO(draw(f"q {a} {b} {-b} {a} {x * 800} {y * 800} cm {body} Q"))
    ).pages
    writer = PdfWriter()
    page = writer.add_page(page)
    page.mediabox = page.cropbox = RectangleObject((0, 0, 800, 800))
    if turned_back:
        page.rotate(degrees)
    return _write(writer)


def lie_about_letters(text: str) -> bytes:
    """A page whose font says that each letter is one of 29 places before it: 7KH for The."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(text))))
    table = StreamObject()
    table.set_data(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF>"
        b" endcodespacerange 1 beginbfrange <3D> <7E> <0020> endbfrange endcmap end"
    )
    (page,) = writer.pages
    page["/Resources"]["/Font"]["/F1"][NameObject("/ToUnicode")] = writer._add_object(table)
    return _write(writer)


def write_signs(text: str, signs: dict[str, str]) -> bytes:
    """A page some of whose letters are those signs, as the font's own table says."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(text))))
    table = StreamObject()
    lines = "".join(f"<{ord(old):02X}> <{ord(new):04X}> " for old, new in signs.items())
    table.set_data(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF>"
        b" endcodespacerange 1 beginbfrange <21> <7E> <0021> endbfrange %d beginbfchar "
        b"%s endbfchar endcmap end" % (len(signs), lines.encode())
    )
    (page,) = writer.pages
    page["/Resources"]["/Font"]["/F1"][NameObject("/ToUnicode")] = writer._add_object(table)
    return _write(writer)


def with_files(*texts: str, **held: bytes) -> bytes:
    """Pages with files in them, as invoices have their data."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(*texts))))
    for name, data in held.items():
        writer.add_attachment(name.replace("_", "."), data)
    return _write(writer)


def mark_file(text: str, name: str, data: bytes) -> bytes:
    """Two pages, with a mark on the first that a file hangs on."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(text, "Next."))))
    stream = StreamObject()
    stream.set_data(data)
    held = DictionaryObject({NameObject("/F"): writer._add_object(stream)})
    told = {"/Type": "/Filespec", "/F": name, "/UF": name}
    spec = DictionaryObject({NameObject(key): _make(value) for key, value in told.items()})
    spec[NameObject("/EF")] = held
    entries = {"/Type": "/Annot", "/Subtype": "/FileAttachment", "/Rect": [50, 50, 60, 60]}
    mark = DictionaryObject({NameObject(key): _make(value) for key, value in entries.items()})
    mark[NameObject("/FS")] = writer._add_object(spec)
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(mark)])
    return _write(writer)


def korean(*texts: str) -> bytes:
    """Pages of a line each, in a Korean font that is not in the file, coded as in CP949."""
    lines = [f"BT /F1 12 Tf 40 760 Td <{text.encode('cp949').hex()}> Tj ET" for text in texts]
    return _file([line.encode() for line in lines], KOREAN)


def korean_page(content: str) -> bytes:
    """A page by its own operators, in that font."""
    return draw_in(KOREAN, content)


def draw_in(font: bytes, content: str) -> bytes:
    """A page by its own operators, in a font that the PDF names and does not hold."""
    return _file([content.encode()], font)


def jpeg_2000(text: str) -> bytes:
    """A page with a line of text, and a dark square as JPEG 2000."""
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), (20, 30, 40)).save(picture, "JPEG2000")
    stream = StreamObject()
    stream.set_data(picture.getvalue())
    stream.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(64),
            NameObject("/Height"): NumberObject(64),
            NameObject("/Filter"): NameObject("/JPXDecode"),
        }
    )
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(text))))
    (page,) = writer.pages
    pictures = DictionaryObject({NameObject("/Im1"): writer._add_object(stream)})
    page["/Resources"][NameObject("/XObject")] = pictures
    content = page["/Contents"].get_object()
    content.set_data(content.get_data() + b" q 200 0 0 200 100 400 cm /Im1 Do Q")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def tables(*sheets: list[list[str]], columns: tuple[int, ...], right: bool = True) -> bytes:
    """A page for each table, drawn cell by cell as programs do: numbers stand at the right."""
    contents = []
    for rows in sheets:
        drawn = []
        for n, row in enumerate(rows):
            for left, text in zip(columns, row, strict=False):
                # Helvetica's digits are 0.556 em wide.
                is_number = right and text[:1].isdigit()
                x = left + 60 - 0.556 * 9 * len(text) if is_number else left
                escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
                drawn.append(f"BT /F1 9 Tf {x:.1f} {740 - 14 * n} Td ({escaped}) Tj ET")
        contents.append("\n".join(drawn).encode("latin-1"))
    return _file(contents)


def truncate_pages(*texts: str) -> bytes:
    return pages(*texts)[:60]


def _text_page(text: str) -> bytes:
    lines = []
    for line in text.splitlines() or [""]:
        escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        lines.append(f"({escaped}) Tj T*")
    body = "\n".join(lines)
    return f"BT /F1 9 Tf 11 TL 40 760 Td\n{body}\nET".encode("latin-1")


def _refer(numbers: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _file(contents: list[bytes], font: bytes = HELVETICA, in_node: int = 0) -> bytes:
    """A PDF of pages, all below one node of the tree of pages or `in_node` below one each."""
    starts = range(0, len(contents), in_node) if in_node else []
    first = 4 + len(starts)
    numbers = [first + 2 * n for n in range(len(contents))]
    kids = range(4, first) if in_node else numbers
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (_refer(kids), len(contents)),
        font,
    ]
    for start in starts:
        some = numbers[start : start + in_node]
        objects.append(
            b"<< /Type /Pages /Parent 2 0 R /Kids [%s] /Count %d >>" % (_refer(some), len(some))
        )
    for n, content in enumerate(contents):
        above = 4 + n // in_node if in_node else 2
        objects.append(
            f"<< /Type /Page /Parent {above} 0 R /Contents {numbers[n] + 1} 0 R"
            " /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(out)


def draw(*contents: str) -> bytes:
    """Pages by their own operators."""
    return _file([content.encode("latin-1") for content in contents])


def with_annotations(text: str, *annotations: dict[str, object], fields: bool = False) -> bytes:
    """A page of text with annotations; with `fields` they are those of a form."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(text))))
    (page,) = writer.pages
    listed = ArrayObject()
    for annotation in annotations:
        entries = {"/Type": "/Annot", "/Rect": [50, 50, 150, 80], **annotation}
        made = DictionaryObject({NameObject(key): _make(value) for key, value in entries.items()})
        listed.append(writer._add_object(made))
    page[NameObject("/Annots")] = listed
    if fields:
        form = DictionaryObject({NameObject("/Fields"): ArrayObject(listed)})
        writer._root_object[NameObject("/AcroForm")] = form
    return _write(writer)


def number_pages(*texts: str, preface: int = 0) -> bytes:
    """Pages with Roman numbers in print; behind a preface they are counted anew."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(*texts))))
    writer.set_page_label(0, (preface or len(texts)) - 1, style="/r")
    if preface:
        writer.set_page_label(preface, len(texts) - 1, style="/D")
    return _write(writer)


def stamp(scan: bytes, text: str) -> bytes:
    """A scan with a line of text on each of its pages."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(scan)))
    (over,) = PdfReader(io.BytesIO(pages(text))).pages
    for page in writer.pages:
        page.merge_translated_page(over, 0, -350)
    return _write(writer)


def _make(value: object) -> object:
    if isinstance(value, str):
        return NameObject(value) if value.startswith("/") else TextStringObject(value)
    if isinstance(value, list):
        return ArrayObject(map(NumberObject, value))
    return NumberObject(value)


def _write(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
