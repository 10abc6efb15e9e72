"""A whole text at once."""

from aiapp.markdown.places import place
from aiapp.markdown.stream import Stream


def render(text: str, sources: int = 0) -> str:
    """Safe HTML of a text; see `render_numbered`."""
    return render_numbered(text, sources)[0]


def render_numbered(text: str, sources: int = 0) -> tuple[str, dict[int, int]]:
    """Safe HTML of a text; [n] links to source n as long as there are so many `sources`.

    With it come the numbers that the sources are shown by, in the order in which they are cited.

    This is a stream that is fed once, so what is written down here is true by construction:
    the text is rendered block by block, and a link reference is known from its definition on.
    A long text may wait for its place, so call this from a thread, never on the event loop.
    """
    stream = Stream(sources)
    stream.feed(text)
    with place(len(text)):
        html = "".join(block.html for block in stream.finish())
    return html, stream.numbers
