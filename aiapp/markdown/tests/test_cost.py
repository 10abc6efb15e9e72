"""Time that grows no faster than the text, whatever the text is."""

from time import process_time

import pytest

from aiapp.markdown import Stream, render
from aiapp.markdown.stream import SHORTEST_REST

HOSTILE = [
    "[", "*", "_", "**a ", "`", "``a`", "<", "![", "[a](", "[[a]]", "\\(", "\\[", "$", "$a ", "$$",
    ">", "> ", "|", "|a", "- ", "1. ", "~~a ", "&", "a://", "https://a.b/(", "<http://a", "\\", "#",
    "```", "[1", "[1,", "[a]:", "\r", "a", " ", "> > > > ", "\t", "\u202e",
]  # fmt: skip
SECONDS = 2.0  # on a slow and busy machine; each takes a tenth of it on a quiet one


def repeated(pattern, size=100_000):
    return (pattern * (size // len(pattern) + 1))[:size]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hostile_text_is_rendered_in_time(pattern):
    started = process_time()
    render(repeated(pattern), 9)
    assert process_time() - started < SECONDS


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hostile_stream_of_single_characters_takes_its_share_and_no_more(pattern):
    """At 5,000 characters a second these are 20 seconds, of which a twentieth is one second."""
    stream = Stream(9)
    spent = due = 0.0
    for at, character in enumerate(repeated(pattern)):
        stream.feed(character)
        if at / 5000 >= due:
            started = process_time()
            stream.take()
            spent += process_time() - started
            due = at / 5000 + stream.rest
    assert spent < SECONDS


@pytest.mark.parametrize("language", ["python", "typescript", "yaml", "makefile", "console", "c"])
@pytest.mark.parametrize(
    "pattern", ["a.", "{", "`", "0", "<a ", "x=(", "x=(\n", "{\n", '"\n', "`\n"]
)
def test_hostile_code_is_shown_in_time(language, pattern):
    started = process_time()
    render(f"```{language}\n{repeated(pattern, 19_000)}\n```")
    assert process_time() - started < SECONDS


def test_finished_blocks_cost_nothing_more():
    stream = Stream()
    stream.feed("A paragraph of *some* length.\n\n" * 2000)
    stream.take()
    started = process_time()
    for _ in range(20):
        stream.feed("word ")
        stream.take()
    assert process_time() - started < 0.2
    assert stream.rest < 2 * SHORTEST_REST
