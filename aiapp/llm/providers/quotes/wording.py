"""Quotes as Markdown: every sign of a document stands for itself, whatever it would mean there."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from django.conf import settings
from django.utils.translation import gettext as _

from aiapp.llm.base import Source
from aiapp.llm.providers.quotes.reading import Quotable
from aiapp.llm.providers.quotes.selection import join_neighbours
from aiapp.text.segments import Kind

MAX_TITLE_CHARS = 120
# The signs that begin or end something: emphasis, code, links, pictures, markup, formulas, cells.
# An opening bracket behind a backslash would begin a formula; without the closing one it is none.
_SIGNS = re.compile(
    r"[\\`*\]<>~|]|!(?=\[)|(?<![^\W_])_|_(?![^\W_])|\$(?=[^\s\d])|&(?=#?\w{1,32};)|:(?=//)|@"
)
_LINE_BEGINS = re.compile(r"(?:[#=+-]|\d{1,9}(?=[.)](?:\s|\Z)))")
_SENTENCE_END = re.compile(r"[.!?…。！？:;,][\"'”’」』)\]]*\Z")
_CELLS = re.compile(r"(?<!\\)\|")


def write_answer(quotes: Sequence[Quotable]) -> Iterator[str]:
    """The quotes in their order, those of a document below its title."""
    for _document, group in groupby(quotes, key=lambda quote: quote.source.document):
        of_document = list(group)
        title = escape(shorten(of_document[0].source.title))
        yield f"**{title}**{_write_remarks(of_document)}\n\n"
        for run in join_neighbours(of_document):
            yield _write_quote(run)


def write_nothing_found(nearest: Sequence[Source]) -> str:
    """Say that nothing answers, and name the places that were looked at."""
    told = _("No answer to this was found in your documents.")
    if not nearest:
        return told + "\n\n"
    lines = [told + " " + _("The nearest places in them:"), ""]
    lines += [f"- {describe_place(source)} [{source.number}]" for source in nearest]
    return "\n".join(lines) + "\n\n"


def write_help() -> str:
    """Say what can be asked, where no documents were searched, and how a model is connected."""
    documents = f"{settings.SITE_URL}/documents/"
    models = f"{settings.SITE_URL}/admin/chat/endpoint/choose/"
    return "\n\n".join(
        (
            _(
                "I answer with quotes from your documents, word for word and with their source."
                " No documents were searched for this question."
            ),
            _(
                "Add some under [Documents]({documents}), or drop a file here, and ask about them."
            ).format(documents=documents),
            _(
                "For answers in a model's own words, an administrator [connects a language"
                " model]({models}), or downloads one to this machine."
            ).format(models=models),
        )
    )


def write_summary(quotes: Sequence[Quotable]) -> str:
    """Sentences as a list, under the headings that they stand under, each with its page."""
    if not quotes:
        return _("There is no text to quote from.")
    parts = []
    for heading, group in groupby(quotes, key=lambda quote: quote.heading):
        lines = [f"- {escape(each.text)}{_write_page(each.source)}" for each in group]
        parts += [f"**{escape(shorten(heading))}**"] if heading else []
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def write_question(text: str) -> str:
    """One of several questions, above its quotes."""
    return f"### {escape(shorten(text))}\n\n"


def describe_place(source: Source) -> str:
    heading = f", {escape(shorten(source.heading))}" if source.heading else ""
    return f"**{escape(shorten(source.title))}**{_write_page(source)}{heading}"


def escape(text: str) -> str:
    """The text as Markdown that shows it as it is, on one line."""
    text = _SIGNS.sub(lambda sign: "\\" + sign[0], text)
    found = _LINE_BEGINS.match(text)
    if found is None:
        return text
    end = found.end()
    return f"{text[:end]}\\{text[end:]}" if text[0].isdigit() else f"\\{text}"


def shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_TITLE_CHARS else f"{text[:MAX_TITLE_CHARS]}…"


def _write_remarks(quotes: Sequence[Quotable]) -> str:
    """Write what is said of the places that quotes of a document are from."""
    remarks = dict.fromkeys(remark for quote in quotes for remark in quote.source.remarks)
    return f" ({', '.join(map(_, remarks))})" if remarks else ""


def _write_page(source: Source) -> str:
    return " (" + _("page {page}").format(page=source.page) + ")" if source.page else ""


def _write_quote(run: Sequence[Quotable]) -> str:
    first, mark = run[0], f"[{run[0].source.number}]"
    if first.kind is not Kind.ROW:
        return f"> {''.join(_join_sentences(run))} {mark}\n\n"
    rows = [quote.text for quote in run]
    if not first.text.startswith("|"):
        lines = [escape(line) for line in filter(None, (first.head, *rows))]
        return "> " + "  \n> ".join(lines) + f" {mark}\n\n"
    cells = [_write_cells(row) for row in (first.head or rows[0], *rows)]
    width = len(_CELLS.split(cells[0])) - 2
    lines = [cells[0], f"|{' --- |' * max(width, 1)}", *cells[1 if first.head else 2 :]]
    return "> " + "\n> ".join(lines) + f"\n>\n> {mark}\n\n"


def _join_sentences(run: Sequence[Quotable]) -> Iterator[str]:
    """Yield sentences on one line; what ends like none, as a heading, stands on a line alone."""
    between = ""
    for quote in run:
        yield between + escape(quote.text)
        between = " " if _SENTENCE_END.search(quote.text[-8:]) else "  \n> "


def _write_cells(row: str) -> str:
    cells = _CELLS.split(row.strip().strip("|"))
    return "| " + " | ".join(escape(cell.strip()) for cell in cells) + " |"
