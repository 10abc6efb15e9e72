"""Office files made part by part, with what their programs write and libraries leave out."""

import io
import zipfile

from documents.tests import files

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
NAMES = (
    f'xmlns:w="{WORD}" xmlns:a="{DRAWING}" xmlns:r="{RELATION}" xmlns:p="{SLIDE}" xmlns:c="{CHART}"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
)
# Of parts that a document may have: what they are to it.
_KINDS = {
    "footnotes": "footnotes",
    "endnotes": "endnotes",
    "comments": "comments",
    "header1": "header",
    "footer1": "footer",
    "styles": "styles",
    "numbering": "numbering",
    "sharedStrings": "sharedStrings",
}


def relations(*targets: tuple[str, str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="{key}" Type="{RELATION}/{kind}" Target="{target}"/>'
        for key, kind, target in targets
    )
    return f'<Relationships xmlns="{_RELATIONS}">{listed}</Relationships>'


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(inner)}</w:p>"


def word(body: str, name: str = "document", **parts: str) -> bytes:
    """A document with a body, and parts by their names: their root with what is inside."""
    targets = [(f"rId{n}", _KINDS[part], f"{part}.xml") for n, part in enumerate(parts, 1)]
    entries = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r", "officeDocument", f"word/{name}.xml")),
        f"word/_rels/{name}.xml.rels": relations(*targets),
        f"word/{name}.xml": f"<w:document {NAMES}><w:body>{body}</w:body></w:document>",
    }
    for part, inside in parts.items():
        entries[f"word/{part}.xml"] = f"<w:root {NAMES}>{inside}</w:root>"
    return files.archive(dict(entries))


def workbook(rows: str, styles: str = "", texts: str = "", state: str = "", **more: str) -> bytes:
    """A workbook of one sheet with rows of XML; `more` are further parts, in whole."""
    entries = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{RELATION}"><sheets>'
        f'<sheet name="Staff" sheetId="1" r:id="s" {state}/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("s", "worksheet", "worksheets/sheet1.xml"),
            ("t", "sharedStrings", "sharedStrings.xml"),
            ("y", "styles", "styles.xml"),
        ),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}">{rows}</worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}">{texts}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{SHEET}">{styles}</styleSheet>',
    }
    return files.archive(entries | more)


def slide(shapes: str, **more: str) -> bytes:
    """A presentation of one slide with shapes; `more` are further parts, in whole."""
    entries = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r", "officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f'<p:presentation {NAMES}><p:sldIdLst><p:sldId r:id="s"/>'
        "</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(("s", "slide", "slides/slide1.xml")),
        "ppt/slides/slide1.xml": f"<p:sld {NAMES}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>"
        "</p:sld>",
        "ppt/slides/_rels/slide1.xml.rels": relations(
            ("c", "chart", "../charts/chart1.xml"), ("d", "diagramData", "../diagrams/data1.xml")
        ),
    }
    return files.archive(entries | more)


def shape(text: str, kind: str = "") -> str:
    holder = f'<p:ph type="{kind}"/>' if kind else ""
    return (
        f"<p:sp><p:nvSpPr><p:nvPr>{holder}</p:nvPr></p:nvSpPr>"
        f"<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def repack(data: bytes, **parts: str) -> bytes:
    """An archive with some of its parts replaced."""
    packed = zipfile.ZipFile(io.BytesIO(data))
    entries = {name: packed.read(name) for name in packed.namelist()}
    return files.archive(entries | parts)
