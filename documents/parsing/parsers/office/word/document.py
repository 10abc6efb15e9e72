"""Word documents: what stands in them, in its order, as Markdown."""

from collections.abc import Iterator

from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.notes import Note, note
from documents.parsing.parsers.office import embedded
from documents.parsing.parsers.office.packages import BROKEN, open_package
from documents.parsing.parsers.office.word.body import Body
from documents.parsing.parsers.office.word.numbering import Numbering
from documents.parsing.parsers.office.word.story import Story

_MARGINS = (("header", "Header"), ("footer", "Footer"))


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    """Pages come into being only when Word lays the text out, so there is one."""
    with open_package(path) as package:
        part = package.main()
        story = Story(package, part, Numbering(package, part))
        body = story.read_body()
        if body is None:
            raise KeyError(part)
        yield 1
        if first > 1:
            return
        blocks = list(Body(story).blocks(body))
        blocks += _read_margins(story)
        for item in embedded.read_embedded(package, part):
            if isinstance(item, str):
                blocks.append(item)
            else:
                yield item
        yield from _list_notes(story)
        yield "\n\n".join(blocks)


def _list_notes(story: Story) -> Iterator[Note]:
    yield from story.told
    for code, count in (
        ("deletions_left_out", story.deletions),
        ("text_hidden", story.hidden),
        ("pictures_unread", story.pictures),
    ):
        if count:
            yield note(code, count=count)
    for name in story.unread:
        yield note("part_unreadable", name=name)


def _read_margins(story: Story) -> Iterator[str]:
    """Yield the texts above and below the pages, one on several kinds of pages once."""
    told: set[str] = set()
    for kind, title in _MARGINS:
        for name in story.list_related(kind):
            try:
                text = "\n".join(Body(story).blocks(story.parse(name))).strip()
            except BROKEN:
                story.unread.append(name)
                continue
            if text and text not in told:
                told.add(text)
                yield f"{title}: {text}"
