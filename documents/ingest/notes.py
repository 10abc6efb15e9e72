"""Notes on how a version was read: kept as codes and values, told as sentences.

A version's `notes` are `[{"code", "values", "pages"}]`. Parsers give the codes
(`documents.parsing.notes`); the sentence of each stands here, since it is made when it is shown, in
the language of whoever reads it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from django.utils.translation import gettext_lazy, ngettext

from documents.parsing.notes import Note

# Of one version; a file that has more to say is not worth more rows.
MAX_NOTES = 40
MAX_PAGES = 100


class Kept(TypedDict):
    """A note as it is stored. `pages` is empty where it is about the whole document."""

    code: str
    values: dict[str, Any]
    pages: list[int]


# As far as they do not depend on a number.
_SENTENCES = {
    "encoding_guessed": gettext_lazy("The encoding was not stated and was guessed: %(encoding)s."),
    "declared_encoding_wrong": gettext_lazy(
        "The file says that its encoding is %(declared)s; it was read as %(encoding)s."
    ),
    "made_by_scripts": gettext_lazy(
        "The page is made by scripts in a browser; what they would show was not read."
    ),
    "text_only": gettext_lazy("Only the text was read, without layout and headings."),
    "preview_only": gettext_lazy(
        "Only the preview in the file could be read, which may be just the beginning."
    ),
    "part_unreadable": gettext_lazy("This part of the file could not be read: %(name)s."),
    "package_flawed": gettext_lazy(
        "The file's table of contents is damaged; what was found without it was read."
    ),
    "sheet_hidden": gettext_lazy("The hidden sheet “%(name)s” was read, too."),
    "slide_hidden": gettext_lazy("The hidden slide %(number)s was read, too."),
    "attachment_unread": gettext_lazy("The attachment “%(name)s” could not be read."),
    "text_encrypted": gettext_lazy("The text of the letter is encrypted and was not read."),
    "archive_cut": gettext_lazy(
        "The file is damaged or breaks off; what stands before that was read."
    ),
    "entry_unread": gettext_lazy("The file “%(name)s” in the archive could not be read."),
    "pages_labelled": gettext_lazy(
        "Pages are cited by their place in the file: page %(number)s is labelled “%(label)s”."
    ),
    "quotes_ignored": gettext_lazy(
        "Quotation marks in the table do not match, so they were read as ordinary characters."
    ),
    "ocr_unavailable": gettext_lazy("Text in pictures cannot be read on this server."),
}


def count_sentence(code: str, count: int) -> str:
    """Return the sentence of a note that is about so many things; "" if there is none."""
    forms = {
        "bytes_replaced": ngettext(
            "%(count)d character could not be decoded and is shown as �.",
            "%(count)d characters could not be decoded and are shown as �.",
            count,
        ),
        "pages_without_text": ngettext(
            "%(count)d of %(total)d pages has no text.",
            "%(count)d of %(total)d pages have no text.",
            count,
        ),
        "read_as_picture": ngettext(
            "%(count)d page was read as a picture and may hold mistakes.",
            "%(count)d pages were read as pictures and may hold mistakes.",
            count,
        ),
        "letters_unknown": ngettext(
            "The text of %(count)d page may not be what it shows: its fonts do not tell their"
            " letters.",
            "The text of %(count)d pages may not be what they show: their fonts do not tell their"
            " letters.",
            count,
        ),
        "ligatures_guessed": ngettext(
            "%(count)d ligature (such as fi) was worked out from its word, since the font does not"
            " name its letters.",
            "%(count)d ligatures (such as fi) were worked out from their words, since the font does"
            " not name their letters.",
            count,
        ),
        "pictures_unread": ngettext(
            "%(count)d picture in the document was not looked at for text.",
            "%(count)d pictures in the document were not looked at for text.",
            count,
        ),
        "objects_unread": ngettext(
            "%(count)d chart or file within the document was not read.",
            "%(count)d charts or files within the document were not read.",
            count,
        ),
        "deletions_left_out": ngettext(
            "%(count)d deletion of the tracked changes was left out.",
            "%(count)d deletions of the tracked changes were left out.",
            count,
        ),
        "text_hidden": ngettext(
            "%(count)d passage that the file hides was read, too.",
            "%(count)d passages that the file hides were read, too.",
            count,
        ),
        "rows_hidden": ngettext(
            "%(count)d hidden row was read, too.",
            "%(count)d hidden rows were read, too.",
            count,
        ),
        "columns_hidden": ngettext(
            "%(count)d hidden column was read, too.",
            "%(count)d hidden columns were read, too.",
            count,
        ),
        "formulas_without_values": ngettext(
            "%(count)d formula was saved without a value and is shown as a formula.",
            "%(count)d formulas were saved without values and are shown as formulas.",
            count,
        ),
        "rows_malformed": ngettext(
            "%(count)d row could not be read as a table and is shown as it is.",
            "%(count)d rows could not be read as a table and are shown as they are.",
            count,
        ),
        "entries_left_out": ngettext(
            "%(count)d file in the archive was left out, since there are more than are read.",
            "%(count)d files in the archive were left out, since there are more than are read.",
            count,
        ),
        "letters_left_out": ngettext(
            "%(count)d letter was left out, since there are more than are read.",
            "%(count)d letters were left out, since there are more than are read.",
            count,
        ),
        "frames_unread": ngettext(
            "%(count)d file that the page shows in a frame was not read.",
            "%(count)d files that the page shows in frames were not read.",
            count,
        ),
        "frames_left_out": ngettext(
            "%(count)d image of the file was left out.",
            "%(count)d images of the file were left out.",
            count,
        ),
    }
    return forms.get(code, "")


def merge(kept: Sequence[Kept], notes: Iterable[Note]) -> list[Kept]:
    """Return the notes with others added: those that say the same become one for several pages."""
    merged: dict[tuple[object, ...], Kept] = {
        _key(each["code"], each["values"]): each for each in kept
    }
    for each in notes:
        key = _key(each.code, each.values)
        known = merged.get(key)
        if known is None and len(merged) < MAX_NOTES:
            pages = [each.page] if each.page else []
            merged[key] = Kept(code=each.code, values=dict(each.values), pages=pages)
        elif known is not None:
            _add(known, each)
    return list(merged.values())


def _add(known: Kept, more: Note) -> None:
    if "count" in more.values:
        known["values"]["count"] = known["values"].get("count", 0) + more.values["count"]
    if more.page and more.page not in known["pages"] and len(known["pages"]) < MAX_PAGES:
        known["pages"].append(more.page)


def _key(code: str, values: Mapping[str, Any]) -> tuple[object, ...]:
    return (code, *sorted((name, str(value)) for name, value in values.items() if name != "count"))


def describe(kept: Sequence[Kept] | None) -> list[str]:
    """Return a sentence for each note, in the language of whoever reads it."""
    return [sentence for each in kept or () if (sentence := describe_one(each))]


def describe_one(kept: Kept) -> str:
    """Return the sentence of a note; "" for one that a later release has written."""
    values = kept["values"]
    count = values.get("count")
    sentence = count_sentence(kept["code"], count) if isinstance(count, int) else ""
    sentence = sentence or str(_SENTENCES.get(kept["code"], ""))
    try:
        return sentence % values
    except (KeyError, TypeError, ValueError):
        return ""
