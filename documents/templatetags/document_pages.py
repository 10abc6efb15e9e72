"""Template filters that name the pages of a format and the columns of a table."""

from django import template
from django.utils.translation import gettext

from aiapp.text.columns import join_names
from documents.models import Version

register = template.Library()


@register.filter
def place(version: Version | None, number: int) -> str:
    """A page of a version in words: Page 3, Slide 3, Sheet 3 or Chapter 3."""
    return _words(version.page_kind if version else "") % {"n": number}


@register.filter
def page_word(version: Version) -> str:
    """Return the word for one page, without a number."""
    words = {
        Version.PageKind.SLIDE: gettext("Slide"),
        Version.PageKind.SHEET: gettext("Sheet"),
        Version.PageKind.CHAPTER: gettext("Chapter"),
    }
    return words.get(Version.PageKind(version.page_kind), gettext("Page"))


@register.filter
def column_names(columns: str) -> str:
    """Return the names of the columns of a passage's rows as people read them."""
    return join_names(columns)


def _words(kind: str) -> str:
    words = {
        Version.PageKind.SLIDE.value: gettext("Slide %(n)d"),
        Version.PageKind.SHEET.value: gettext("Sheet %(n)d"),
        Version.PageKind.CHAPTER.value: gettext("Chapter %(n)d"),
    }
    return words.get(kind, gettext("Page %(n)d"))
