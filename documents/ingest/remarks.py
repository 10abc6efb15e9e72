"""Say of passages, in a few words, what was not read or guessed of the place they are from.

Who asks how many there are is to know that a part of the file is missing. What does not bear on an
answer, such as a picture that nobody looked at, is said on the document alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import F, Func, JSONField
from django.utils.translation import gettext_noop

from documents.ingest.notes import MAX_PAGES, Kept

# Null where there is nothing to say, which most passages need not be looked at for.
NOTES = Func(
    F("version__notes"),
    template="NULLIF(%(expressions)s, '[]'::jsonb)",
    output_field=JSONField(),
)
# Of a paged file, the share of pages without text from which on there is more than blank pages.
MIN_EMPTY_SHARE = 0.1
_IN_PART = gettext_noop("read in part")
_OF_DOCUMENTS: Mapping[str, str] = {
    "preview_only": gettext_noop("only a preview was read"),
    "encoding_guessed": gettext_noop("encoding guessed"),
    **dict.fromkeys(
        (
            *("part_unreadable", "attachment_unread", "entry_unread", "entries_left_out"),
            *("archive_cut", "text_encrypted"),
            *("letters_left_out", "frames_left_out", "ocr_unavailable"),
        ),
        _IN_PART,
    ),
}
_OF_PAGES: Mapping[str, str] = {
    "read_as_picture": gettext_noop("read from a picture"),
    "letters_unknown": gettext_noop("letters guessed"),
    "bytes_replaced": gettext_noop("some characters were lost"),
    "formulas_without_values": gettext_noop("formulas without values"),
    "sheet_hidden": gettext_noop("from a hidden sheet"),
    "slide_hidden": gettext_noop("from a hidden slide"),
}


def list_remarks(notes: Sequence[Kept] | None, page: int | None) -> tuple[str, ...]:
    """Return what the notes on a document mean for a passage on one of its pages."""
    return tuple(dict.fromkeys(_list(notes or (), page)))


def _list(notes: Sequence[Kept], page: int | None) -> Iterator[str]:
    for each in notes:
        code = each["code"]
        if code in _OF_DOCUMENTS:
            yield _OF_DOCUMENTS[code]
        elif code in _OF_PAGES and _is_about(each["pages"], page):
            yield _OF_PAGES[code]
        elif code == "pages_without_text" and _is_much(each["values"]):
            yield _IN_PART


def _is_about(pages: Sequence[int], page: int | None) -> bool:
    """Tell whether a note is about a page. Of very many pages only the first are kept."""
    if not pages or page is None or page in pages:
        return True
    return len(pages) >= MAX_PAGES and page > max(pages)


def _is_much(values: Mapping[str, Any]) -> bool:
    count, total = values.get("count"), values.get("total")
    return isinstance(count, int) and isinstance(total, int) and count >= MIN_EMPTY_SHARE * total
