import logging
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace

import pytest

from documents.errors import (
    CorruptFile,
    ParserCrashed,
    PasswordProtected,
    TimedOut,
    TooManyPages,
    TooMuchText,
)
from documents.parsing.formats import FORMATS, load
from documents.parsing.process import Count, PageText, parse
from documents.tests.parsing import pdf

PDF = FORMATS["application/pdf"]


@pytest.fixture(params=[PDF.parser, PDF.second])
def parser(request, monkeypatch):
    """Each of the two parsers as the first to be asked."""
    monkeypatch.setitem(FORMATS, PDF.media_type, replace(PDF, parser=request.param))
    return PDF.media_type


def texts(items: Iterable[Count | PageText]) -> list[PageText]:
    return [item for item in items if isinstance(item, PageText)]


@pytest.fixture
def file(tmp_path):
    def write(data):
        path = tmp_path / "file"
        path.write_bytes(data)
        return str(path)

    return write


def test_each_page_comes_with_its_number(file, parser):
    data = pdf.pages("One (1)\nsecond line", "", "Three")
    assert next(parse(file(data), parser)) == Count(3)
    pages = texts(parse(file(data), parser))
    assert [page.number for page in pages] == [1, 2, 3]
    assert pages[0].text.split() == ["One", "(1)", "second", "line"]
    assert pages[1].text.strip() == ""
    assert "\r" not in "".join(page.text for page in pages)


def test_it_can_begin_at_a_later_page(file):
    items = list(parse(file(pdf.pages("One", "Two", "Three")), "application/pdf", 3))
    assert items == [Count(3), PageText(3, "Three")]


def test_a_password_is_told_apart_from_damage(file, parser):
    with pytest.raises(PasswordProtected):
        list(parse(file(pdf.encrypt_pages("Secret.")), parser))
    with pytest.raises(CorruptFile):
        list(parse(file(pdf.truncate_pages("Text.")), parser))


def test_a_pdf_that_everybody_may_read_is_read(file):
    (page,) = texts(parse(file(pdf.locked_for_editing("Open.")), "application/pdf"))
    assert page.text == "Open."


def test_it_stops_at_too_many_pages_and_too_much_text(file, settings):
    path = file(pdf.pages("One", "Two", "Three"))
    settings.PARSE_MAX_CHARS = 5
    with pytest.raises(TooMuchText):
        list(parse(path, "application/pdf"))
    settings.PARSE_MAX_PAGES = 2
    with pytest.raises(TooManyPages):
        list(parse(path, "application/pdf"))


@pytest.fixture
def bad_parser(tmp_path, monkeypatch):
    """A parser that does after its first page what a test wants, run in place of pdfium."""

    def install(body):
        module = tmp_path / "bad_parser.py"
        module.write_text(
            "import os, time, ctypes\n"
            "def read_pages(path, first):\n    yield 3\n    yield 'from the bad one'\n    " + body
        )
        runner = tmp_path / "python"
        runner.write_text(
            "#!/bin/sh\n"
            f'exec {sys.executable} -c "import sys; sys.path[:0] = [{str(tmp_path)!r}]; '
            "sys.argv = sys.argv[2:]; from documents.parsing import child; "
            "from documents.parsing import formats; known = formats.load; "
            "child.load = lambda name: known("
            "'bad_parser:read_pages' if name.endswith('.pdf.pages:read_pages') else name); "
            'child.main(sys.argv[1:])" "$@"\n'
        )
        runner.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(runner))

    return install


@pytest.mark.parametrize("body", ["os.abort()", "ctypes.string_at(0)", "os._exit(0)"])
def test_after_a_crash_another_parser_goes_on(file, bad_parser, body, caplog):
    bad_parser(body)
    with caplog.at_level(logging.WARNING):
        pages = texts(parse(file(pdf.pages("One", "Two", "Three")), "application/pdf"))
    assert [page.number for page in pages] == [1, 2, 3]
    assert pages[0].text == "from the bad one"
    assert pages[2].text.strip() == "Three"
    assert "parser_died" in caplog.text


def test_a_crash_of_the_last_parser_is_told(file, bad_parser, monkeypatch):
    bad_parser("os.abort()")
    alone = replace(FORMATS["application/pdf"], second="")
    monkeypatch.setitem(FORMATS, "application/pdf", alone)
    with pytest.raises(ParserCrashed):
        list(parse(file(b""), "application/pdf"))


@pytest.mark.parametrize("body", ["time.sleep(60)", "[n for n in iter(int, 1)]"])
def test_a_parser_that_hangs_is_ended(file, bad_parser, settings, body):
    bad_parser(body)
    settings.PARSE_SECONDS = 1
    with pytest.raises(TimedOut):
        list(parse(file(b""), "application/pdf"))


def test_a_parser_that_wants_too_much_memory_does_not_get_it(file, bad_parser, settings):
    bad_parser("yield str(len(bytearray(2**31)))")
    settings.PARSE_MEMORY_BYTES = 2**30
    # More than that is for reading pictures, and only when it is asked for.
    with pytest.raises(TooMuchText):
        list(parse(file(b""), "application/pdf"))


def test_a_reader_who_stops_leaves_no_process(file, bad_parser, monkeypatch):
    bad_parser("time.sleep(60)")
    started: list[subprocess.Popen[bytes]] = []

    class Popen(subprocess.Popen[bytes]):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    items = parse(file(b""), "application/pdf")
    assert next(items) == Count(3)
    items.close()
    (child,) = started
    assert child.returncode == -signal.SIGKILL


def test_the_parsers_process_sees_no_secrets_and_no_django(file, bad_parser):
    bad_parser("import sys; yield repr((dict(os.environ), 'django' in sys.modules))")
    pages = texts(parse(file(b""), "application/pdf"))
    environment, has_django = eval(pages[1].text)  # noqa: S307 - the test's own text
    assert not has_django
    assert not {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"} & set(environment)


@pytest.mark.parametrize("known", FORMATS.values(), ids=lambda known: known.suffixes[0])
def test_every_type_that_is_accepted_has_a_parser(known):
    assert all(callable(load(name)) for name in (known.parser, known.second) if name)
