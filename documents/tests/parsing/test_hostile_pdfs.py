"""PDFs made to use up time or memory: each ends with a reason or with its text, in time."""

import time
import zlib
from contextlib import suppress

import pytest

from documents.errors import IngestError
from documents.parsing.process import PageText, parse
from documents.tests.parsing import pdf

SECONDS = 1
# Two parsers at most, each with its limits on CPU time and on silence, on a machine that is busy.
MAX_SECONDS = 120
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
FONT = b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"


def stream(body: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(body), entries, body)


def page(resources: bytes = FONT, parent: int = 2) -> bytes:
    return (
        b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << %s >> >>"
        % (
            parent,
            resources,
        )
    )


def write_pdf(*objects: bytes) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out + end % (len(objects) + 1, table))


def pack(body: bytes) -> bytes:
    return stream(zlib.compress(body, 9), b"/Filter /FlateDecode")


def a_form_within_itself() -> bytes:
    again = b"/XObject << /X 5 0 R >>"
    form = stream(
        b"/X Do /X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << %s >>" % again
    )
    return write_pdf(CATALOG, PAGES, page(again), stream(b"/X Do"), form)


def a_stream_that_swells() -> bytes:
    return write_pdf(CATALOG, PAGES, page(), pack(b" " * 300_000_000))


def a_stream_packed_ten_times() -> bytes:
    body = b" " * 200_000_000
    for _ in range(3):
        body = zlib.compress(body, 9)
    filters = b"/Filter [/FlateDecode /FlateDecode /FlateDecode]"
    return write_pdf(CATALOG, PAGES, page(), stream(body, filters))


def millions_of_words() -> bytes:
    return write_pdf(CATALOG, PAGES, page(), pack(b"BT /F1 9 Tf " + b"(x) Tj " * 3_000_000 + b"ET"))


def one_page_two_hundred_thousand_times() -> bytes:
    kids = b"<< /Type /Pages /Kids [%s] /Count 200000 >>" % (b"3 0 R " * 200_000)
    return write_pdf(CATALOG, kids, page(), stream(b"BT /F1 9 Tf (x) Tj ET"))


def pages_that_hold_themselves() -> bytes:
    return write_pdf(
        CATALOG, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 999999999 /Parent 2 0 R >>"
    )


def arrays_without_end() -> bytes:
    return write_pdf(
        CATALOG, PAGES, page(), stream(b"[" * 1_000_000), b"[" * 500_000 + b"]" * 500_000
    )


def a_table_of_places_that_leads_round() -> bytes:
    whole = pdf.pages("text")
    place = whole.rindex(b"startxref")
    table = int(whole[place:].split()[1])
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % table)


def a_page_as_large_as_a_city() -> bytes:
    drawn = page().replace(b"[0 0 9 9]", b"[0 0 99999999 99999999]")
    return write_pdf(CATALOG, PAGES, drawn, stream(b"0 0 99999999 99999999 re f"))


@pytest.mark.parametrize(
    "made",
    [
        a_form_within_itself,
        a_stream_that_swells,
        a_stream_packed_ten_times,
        millions_of_words,
        one_page_two_hundred_thousand_times,
        pages_that_hold_themselves,
        arrays_without_end,
        a_table_of_places_that_leads_round,
        a_page_as_large_as_a_city,
    ],
)
def test_it_ends_and_the_next_file_is_read(made, tmp_path, settings):
    usual, settings.PARSE_SECONDS = settings.PARSE_SECONDS, SECONDS
    path = tmp_path / "hostile.pdf"
    path.write_bytes(made())
    began = time.monotonic()
    # What is no IngestError would be a mistake of ours.
    with suppress(IngestError):
        pages = [each for each in parse(str(path), "application/pdf") if isinstance(each, PageText)]
        assert sum(len(each.text) for each in pages) < 10_000_000
    assert time.monotonic() - began < MAX_SECONDS
    settings.PARSE_SECONDS = usual
    path.write_bytes(pdf.pages("The next file"))
    (last,) = [i for i in parse(str(path), "application/pdf") if isinstance(i, PageText)]
    assert "The next file" in last.text
