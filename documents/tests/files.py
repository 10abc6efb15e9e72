"""Small files of every format, made on the spot."""

import io
import zipfile

import docx
import openpyxl
import pptx
from PIL import Image, ImageDraw, ImageFont

LETTER = """\
From: Ada <ada@example.org>\r
To: Grace <grace@example.org>\r
Subject: The analytical engine\r
Date: Mon, 23 Nov 2026 10:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=x\r
\r
--x\r
Content-Type: text/html; charset=utf-8\r
\r
<p>The <b>engine</b> weaves algebra.</p><script>steal()</script>\r
--x\r
Content-Type: application/pdf; name=plan.pdf\r
Content-Disposition: attachment; filename=plan.pdf\r
\r
no\r
--x--\r
"""
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
    '<item id="b" href="two.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="a" href="text/one%20.xhtml" media-type="application/xhtml+xml"/>'
    '</manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
)


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Travel rules", 1)
    document.add_paragraph("Trains are preferred to planes.")
    document.add_heading("Hotels", 2)
    document.add_paragraph("At most three stars.", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [cell for row in table.rows for cell in row.cells],
        ["City", "Limit", "Seoul", "150"],
        strict=True,
    ):
        cell.text = text
    return _save(document)


def slides() -> bytes:
    show = pptx.Presentation()
    for title, body in (("Results", "Revenue grew by 12 percent."), ("Outlook", "More of it.")):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    show.slides[1].notes_slide.notes_text_frame.text = "Mention the new plant."
    return _save(show)


def workbook(rows: int = 3) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Staff"
    book.active.append(["Name", "Office"])
    for n in range(rows):
        book.active.append([f"Person {n}", f"Room {100 + n}"])
    book.create_sheet("Costs").append(["Item", "Euro"])
    book["Costs"].append(["Desk", 250])
    return _save(book)


def book() -> bytes:
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": PACKAGE,
            "OEBPS/text/one .xhtml": "<html><body><h1>Loomings</h1><p>Call me.</p></body></html>",
            "OEBPS/two.xhtml": "<html><body><h1>The Carpet-Bag</h1><p>I stuffed.</p></body></html>",
        }
    )


def archive(entries: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return data.getvalue()


def archive_named(name: str, encoding: str) -> bytes:
    """An archive of a file whose name is in an encoding that the archive does not tell."""
    told = name.encode(encoding)
    # In each of the two places the name is as long as what is replaced, and no flag says UTF-8.
    return archive({"x" * len(told): "In the file."}).replace(b"x" * len(told), told)


def picture(text: str, kind: str = "PNG", size: tuple[int, int] = (900, 160)) -> bytes:
    """Black words on white, large enough for any engine."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((20, 40), text, fill="black", font=ImageFont.load_default(60))
    return _save(image, kind)


def scan(*texts: str) -> bytes:
    """A PDF whose pages are pictures."""
    pages = [Image.open(io.BytesIO(picture(text, size=(1000, 600)))) for text in texts]
    data = io.BytesIO()
    pages[0].save(data, "PDF", save_all=True, append_images=pages[1:], resolution=100)
    return data.getvalue()


def _save(thing, *kind: str) -> bytes:
    data = io.BytesIO()
    thing.save(data, *kind)
    return data.getvalue()
