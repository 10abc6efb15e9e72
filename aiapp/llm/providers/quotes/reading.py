"""Sources cut into what can be quoted: sentences, rows of tables, items of lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aiapp.llm.base import Source
from aiapp.text.segments import Kind, split

# Behind a longer sentence rows are those of another table than the one that a source begins in.
MAX_ABOVE_CHARS = 80


@dataclass(slots=True)
class Quotable:
    """A segment of a source, and what stands around it."""

    source: Source
    # Its place among the segments of its source.
    place: int
    text: str
    kind: Kind = Kind.SENTENCE
    # The heading of a row's columns.
    head: str = ""
    heading: str = ""
    before: str = ""
    after: str = ""
    above: "Quotable | None" = field(default=None, repr=False)
    # Whether it lacks what is asked for, and the line above has it: a name over an office.
    leans_back: bool = False
    words: float = 0.0
    # The cosine of its meaning and the question's, where a model has compared them.
    near: float | None = None
    score: float = 0.0
    # The part of it for having what the question asks for.
    expected: float = 0.0

    @property
    def surroundings(self) -> str:
        """The text that makes it understood though it does not say it."""
        return " ".join((self.before, self.after, self.heading, self.head))


def read_sources(sources: Sequence[Source]) -> list[Quotable]:
    """Everything that can be quoted, once each: passages that follow one another overlap."""
    known: set[tuple[str, int]] = set()
    quotables = []
    for source in sources:
        for start, quotable in _read(source):
            if (source.document, start) not in known:
                known.add((source.document, start))
                quotables.append(quotable)
    return quotables


def _read(source: Source) -> Iterator[tuple[int, Quotable]]:
    heading, columns, found = source.heading, source.columns, []
    for place, segment in enumerate(split(source.text)):
        text = _join(source.text, (segment.start, segment.end))
        if segment.kind is Kind.HEADING:
            heading, columns = text.strip("#= "), ""
            continue
        if segment.head or (segment.kind is not Kind.ROW and len(text) > MAX_ABOVE_CHARS):
            columns = ""
        head = _join(source.text, segment.head) if segment.head else columns
        is_under = segment.kind is Kind.ROW and head.startswith("|") == text.startswith("|")
        found.append((place, segment, text, head if is_under else "", heading))
    quotable = None
    for n, (place, segment, text, head, under) in enumerate(found):
        above, quotable = (
            quotable,
            Quotable(source, place, text, segment.kind, head, under),
        )
        quotable.above = above
        quotable.before = found[n - 1][2] if n else ""
        quotable.after = found[n + 1][2] if n + 1 < len(found) else ""
        yield source.start + segment.start, quotable


def _join(text: str, span: tuple[int, int]) -> str:
    """The characters on one line: where a line of a PDF ends says nothing."""
    return " ".join(text[slice(*span)].split())
