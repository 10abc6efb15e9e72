"""However a text is cut, what was streamed is what is rendered later."""

import random

import pytest

from aiapp.markdown import Stream, render

CORPUS = {
    "prose": (
        "# Title\n\nOne *two* **three** [1].\nStill [2, 9] one.\n\nSetext\n======\n\nb\n---\nend\n"
    ),
    "nested lists": (
        "- a\n  - b\n\n    c\n- d\n1. x\n2. y\n\n\n   z\n\n10) q\n\nout\n* s\n\n* t\n\n  u\n"
    ),
    "list or rule": (
        "- a\n\n- - -\n\n* a\n\n* * *\n\n* * * x\n\n1. a\n\n2024 is a year\n\n1. b\n\n1984"
    ),
    "lazy": (
        "- a\nlazy\n\n> q\nlazy\n> > deep\nlazy\n\n    code\n\n\n    more\n\nend\n    not code\n"
    ),
    "fences": (
        "a\n```python\ndef f():\n\n    return '```'\n```\nb\n~~~\n```\n~~~\n\n````\n```\n````\nc"
    ),
    "fence in list": "1. do\n\n   ```sh\n   ls -l\n\n   ```\n   then\n2. ```\n   x\n",
    "open fence": "text\n\n```js\nlet a = 1;\n\n\nlet b",
    "table": "intro\na | b\n--|:-:\n1 | 2\n3 | [1]\n\n| x |\n|---|\n| `a|b` |\n> q\n",
    "no table": "a | b\n--|--|x\n\na | b\n--\nc | d\n--|-- z\n",
    "references": (
        "[a] before\n\n[a]: https://a.b\n'title\nlong'\n\n[a] [b][a] ![i][a]\n\n[b]: https://c.d\n"
        "text\n\n[b]\n\n> [q]: https://q.q\n\n[q]\n\n[1]: https://evil.example\n\n[1]\n"
    ),
    "broken reference": (
        "[a]: https://a.b\n'title\nnever closed\n\n[a]\n\n[c\nd]: https://x.y 'z' q\n\n[c d]"
    ),
    "html": "<div>\n\n*a*\n</div>\n\n<script>alert(1)</script>\n<!-- c\n\n-->\n<b>x</b>\n",
    "maths": (
        "a $x$ $$y$$ \\(z\\)\n$$\na\n= b\n\n- c\n$$\n\n\\[\nq\n\\]\ntext $5 and $6\n$$ m $$\n"
        "end\n$$\nopen"
    ),
    "line ends": "a\r\nb\r\n\r\n```\r\nc\r\rd\r\n```\r\n- e\r\n\r\n  f\r",
    "characters": (
        "é 漢字 🎉🇰🇷 e\u0301 \u200b\u2028x\u0085y\x0bz\x0c \0 [1]\n\n"
        "\ud83c\udf89 \ud800 \udc00\n한국어 **굵게** \ud83c"
    ),
    "entities": "&amp; &#60;b&#62; &lt;i&gt; \\*a\\* &copy; &#0; \\\n\\[1\\] \\",
    "links": (
        ""
        "https://a.b/c_(d)*e* <https://x.y> [t](https://u.v 'w') [j](javascript:x) ![p](https://q.r)"
    ),
    "tasks": "- [ ] a\n- [x] b\n  - [X] c\n\n- [ ]\n- [x]\n",
    "quotes": "> a\n>\n> b\n\n> c\n> ```\n> d\n\ne\n> - f\n>   g\n\n   h\n",
    "blank": "\n\n   \n\t\n",
    "tabs": "-\ta\n\n\tb\n\n\t\tc\n1.\td\n\n \te\n",
    "headings": "#\n# \n## a ##\n####### b\n#c\ntext\n# d\ne\n=\n\n=\n",
    "rules": "***\n---\na\n***\n_ _ _\nb\n- - -\n",
    "table or heading": "# a | b\n---\n\n# | a\n---\n\n# **`|\n---\nx\n",
    "escapes": "\\\n\n``` a`b\nc\n```\n\n`x ``\ny` ``z\n",
}


def put_in(shown, blocks):
    """Return the blocks that a page shows then; it is never told to change a finished one."""
    for block in blocks:
        finished = [each for each in shown if each.final]
        assert block.i == len(finished)
        shown = [*finished, block]
    return shown


def render_in_pieces(pieces, sources=3):
    """Return what a page shows at the end, the finished blocks of it, and the stream."""
    stream, shown = Stream(sources), []
    for piece in pieces:
        stream.feed(piece)
        shown = put_in(shown, stream.take())
    html = "".join(block.html for block in shown)
    return html, [block.html for block in shown if block.final], stream


def cuts(text, seed):
    random.seed(seed)
    size = random.choice([1, 2, 3, 5, 9, 40])
    at = 0
    while at < len(text):
        step = random.randint(1, size)
        yield text[at : at + step]
        at += step


@pytest.mark.parametrize("name", CORPUS)
def test_one_character_at_a_time(name):
    text = CORPUS[name]
    stream, shown = Stream(3), []
    for end, character in enumerate(text, 1):
        stream.feed(character)
        shown = put_in(shown, stream.take())
        assert "".join(block.html for block in shown) == render(text[:end], 3), text[:end]


@pytest.mark.parametrize("seed", range(60))
def test_any_cutting_of_texts_put_together_from_the_corpus(seed):
    random.seed(seed)
    parts = random.choices(sorted(CORPUS), k=4)
    text = random.choice(["", "\n", "\n\n"]).join(CORPUS[part] for part in parts)
    html, final, stream = render_in_pieces(cuts(text, seed))
    assert html == render(text, 3)
    rest = [block.html for block in stream.finish()]
    assert "".join(final + rest) == html


@pytest.mark.parametrize("seed", range(300))
def test_any_cutting_of_random_markup(seed):
    random.seed(seed)
    atoms = [
        "\n", "\n", "\n\n", " ", "    ", "\t", "a", "b", "word ", "- ", "* ", "1. ", "2) ", "> ",
        "# ", "```", "~~~", "|", "--|--", "---", "===", "[a]", ": ", "[a]: https://a.b", "'t'",
        "(https://x.y)", "![", "]", "`", "**", "_", "$$", "$", "\\[", "\\]", "\\", "[1]", "<",
        "&lt;", "\r\n", "\r", "[ ] ", "- [x] ", "https://e.f", "é", "🎉",
    ]  # fmt: skip
    text = "".join(random.choices(atoms, k=random.randint(5, 60)))
    assert render_in_pieces(cuts(text, seed))[0] == render(text, 3), repr(text)
    assert render_in_pieces(text)[0] == render(text, 3), repr(text)


def test_a_finished_block_is_taken_once_and_the_tail_only_when_it_changed():
    stream = Stream()
    stream.feed("one\n\ntw")
    first = stream.take()
    assert [(block.i, block.html, block.final) for block in first] == [
        (0, "<p>one</p>\n", True),
        (1, "<p>tw</p>\n", False),
    ]
    assert stream.take() == []
    stream.feed("o")
    assert [block.html for block in stream.take()] == ["<p>two</p>\n"]
    assert [(block.i, block.final) for block in stream.finish()] == [(1, True)]
    assert stream.finish() == []


def test_a_tail_that_comes_to_nothing_is_taken_back():
    stream = Stream()
    stream.feed("[a]: https:")
    assert stream.take()[0].html == "<p>[a]: https:</p>\n"
    stream.feed("//a.b\n")
    assert [(block.i, block.html) for block in stream.take()] == [(0, "")]


def test_finished_code_does_not_wait_for_what_follows():
    stream = Stream()
    stream.feed("```python\nx = 1\n```\n")
    (block,) = stream.take()
    assert block.final
    assert 'class="mi"' in block.html


def test_a_paragraph_after_a_list_does_not_redraw_the_list():
    stream = Stream()
    stream.feed("- a\n- b\n\nThen")
    assert [block.final for block in stream.take()] == [True, False]
