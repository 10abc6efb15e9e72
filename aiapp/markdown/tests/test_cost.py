"""Time that grows no faster than the text, whatever the text is."""

import gc
from collections.abc import Iterator
from time import thread_time

import pytest

from aiapp.markdown import Stream, render
from aiapp.markdown.stream import MAX_TEXT_CHARS, MIN_REST_SECONDS

HOSTILE = [
    "[", "*", "_", "**a ", "`", "``a`", "<", "![", "[a](", "[[a]]", "\\(", "\\[", "$", "$a ", "$$",
    ">", "> ", "|", "|a", "- ", "1. ", "~~a ", "&", "a://", "https://a.b/(", "<http://a", "\\", "#",
    "```", "[1", "[1,", "[a]:", "\r", "a", " ", "> > > > ", "\t", "\u202e",
]  # fmt: skip
SECONDS = 2.0  # on a slow and busy machine; each takes a tenth of it on a quiet one


def repeat(pattern, size=100_000):
    return (pattern * (size // len(pattern) + 1))[:size]


@pytest.fixture(autouse=True)
def _nobody_s_garbage_is_collected() -> Iterator[None]:
    """The garbage of the tests before is collected by whoever happens to make the next object."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hostile_text_is_rendered_in_time(pattern):
    assert seconds(repeat(pattern)) < SECONDS


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hostile_stream_of_single_characters_takes_its_share_and_no_more(pattern):
    """At 5,000 characters a second these are eight seconds, of which a twentieth is 0.4 seconds."""
    stream = Stream(9)
    spent = due = 0.0
    for at, character in enumerate(repeat(pattern, 40_000)):
        stream.feed(character)
        if at / 5000 >= due:
            started = thread_time()
            stream.take()
            spent += thread_time() - started
            due = at / 5000 + stream.rest
    assert spent < SECONDS * 0.4


@pytest.mark.parametrize("language", ["python", "typescript", "yaml", "makefile", "console", "c"])
@pytest.mark.parametrize(
    "pattern", ["a.", "{", "`", "0", "<a ", "x=(", "x=(\n", "{\n", '"\n', "`\n"]
)
def test_hostile_code_is_shown_in_time(language, pattern):
    assert seconds(f"```{language}\n{repeat(pattern, 19_000)}\n```") < SECONDS


# Each sent the parser of blocks from every quote to the end of the text, and some still do so from
# every line to the end of its paragraph.
NESTED = [
    "> # a\nb\n", "> >\na\n", "> > >\na\n", "> ```\n> c\nb\n", "> - \nb\n", "> |a|\n> |-|\nb\n",
    "> ---\na\n", "- > # a\n  b\n", "1. > >\n   a\n", "> $$\na\n", ">     a\nb\n", "> > # a\n> b\n",
    "|\n|-\n|\n|-\n> > > > > > >   \n", "> [a]: b\nc\n", "> a\nb\n", "> a\n", "- a\n  - b\n",
    "- - - a\n", "[a]: b\n", "[a\n", "|a|\n|-|\n\n", "|\n", "a\n\n", "# a\n", "a\n=\n", "```\n",
]  # fmt: skip


def seconds(text):
    """Return the CPU time of this thread, without what others do meanwhile."""
    started = thread_time()
    render(text, 9)
    return thread_time() - started


@pytest.mark.parametrize("pattern", NESTED)
def test_six_times_the_text_takes_about_six_times_as_long(pattern):
    """The square would be 36 times."""
    short, long = (repeat(pattern, size) for size in (1_500, 9_000))
    allowed = 16 * max(seconds(short), 0.004)
    # A bad moment of the machine does not come back.
    assert any(seconds(long) < allowed for _ in range(3))


def test_a_quote_may_go_on_for_some_lines_without_its_mark():
    assert render("> a\nb\nc\n\nd") == "<blockquote>\n<p>a\nb\nc</p>\n</blockquote>\n<p>d</p>\n"


def test_what_is_beyond_any_answer_is_shown_as_it_was_written():
    pieces = ["*a*\n\n", "b" * (MAX_TEXT_CHARS - 10), " *c* *d*\r\n*e*", "\n\n*f*"]
    stream = Stream()
    shown = []
    for at, piece in enumerate(pieces):
        stream.feed(piece)
        shown = [block for block in shown if block.final] + stream.take()
        assert "".join(block.html for block in shown) == render("".join(pieces[: at + 1]))
    html = render("".join(pieces))
    assert html.startswith("<p><em>a</em></p>")
    assert "<code>*d*\n*e*\n\n*f*</code>" in html
    assert stream.pending < MAX_TEXT_CHARS + 20


def test_finished_blocks_cost_nothing_more():
    stream = Stream()
    stream.feed("A paragraph of *some* length.\n\n" * 2000)
    stream.take()
    started = thread_time()
    for _ in range(20):
        stream.feed("word ")
        stream.take()
    assert thread_time() - started < 0.2
    assert stream.rest < 2 * MIN_REST_SECONDS
