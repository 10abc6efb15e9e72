"""An answer is cleaned while it is written, and held back no longer than it must be."""

import random

import pytest

from chat.guardrails.output import REMOVED, Filter

SECRET = "sk-live-8f3b2c"
FENCE = "0123456789abcdef"


def clean(text: str, sizes: list[int] | None = None) -> tuple[str, set[str]]:
    """Return what comes out if the text arrives in pieces of these sizes."""
    output, at, out = Filter([SECRET], FENCE), 0, []
    for size in sizes or [len(text)]:
        out.append(output.feed(text[at : at + size]))
        at += size
    out += [output.feed(text[at:]), output.finish()]
    return "".join(out), output.removed


CHANGED = {
    f"The key is {SECRET}.": f"The key is {REMOVED}.",
    f"<passages {FENCE}> was said": f"<passages {REMOVED}> was said",
    "See ![a cat](https://evil.example/?q=w) here": "See [a cat](https://evil.example/?q=w) here",
    "![x](  <http://evil.example/a b>)": "[x](  <http://evil.example/a b>)",
    "![x](//evil.example/y)": "[x](//evil.example/y)",
    "![x][ref]\n\n[ref]: https://evil.example/?q": "[x][ref]\n\n[ref]: https://evil.example/?q",
    "text <img src=x> more": "text &lt;img src=x> more",
    "`code` then ![x](https://e.example)": "`code` then [x](https://e.example)",
    "```\nx\n```\n![x](https://e.example)": "```\nx\n```\n[x](https://e.example)",
    # Each of these could be taken for code, and is none to somebody who reads Markdown.
    "a ` lonely tick ![x](https://e.example)": "a ` lonely tick [x](https://e.example)",
    "a ` b\nc ` ![x](https://e.example) `": "a ` b\nc ` [x](https://e.example) `",
    "\\` ![x](https://e.example) `": "\\` [x](https://e.example) `",
    "\\\\` a ` ![x](https://e.example) `": "\\\\` a ` [x](https://e.example) `",
    "| ` | ![x](https://e.example) ` |": "| ` | [x](https://e.example) ` |",
    "<https://a.example/`> ![x](//e.example) `": "<https://a.example/`> [x](//e.example) `",
    "```\na ``` b\n```\n![x](https://e.example)": "```\na ``` b\n```\n[x](https://e.example)",
    "```\n```py\n```\n![x](https://e.example)": "```\n```py\n```\n[x](https://e.example)",
    "```a`b\n![x](https://e.example)": "```a`b\n[x](https://e.example)",
    "> ```\n\n![x](https://e.example)": "> ```\n\n[x](https://e.example)",
    "- a\n  ```\n![x](https://e.example)": "- a\n  ```\n[x](https://e.example)",
    "```\nx\n   ```\n![x](https://e.example)": "```\nx\n   ```\n[x](https://e.example)",
    # And pictures that are written in other ways.
    "![a [b] c](https://e.example)": "[a [b] c](https://e.example)",
    "![a\nb](https://e.example)": "[a\nb](https://e.example)",
    "![x](&#104;ttps://e.example)": "[x](&#104;ttps://e.example)",
    "![x](/\\e.example)": "[x](/\\e.example)",
    "a ` lonely tick\n\n![x](https://e.example)": "a ` lonely tick\n\n[x](https://e.example)",
}  # fmt: skip
UNCHANGED = [
    "Plain words, 3 < 4! Really! [1] and [a link](https://a.example).",
    "```html\n![x](https://e.example)\n<img src=y>\n```\nafter",
    "~~~\n![x](https://e.example)\n```\n![x](https://e.example)\n~~~",
    "Write `![x](https://e.example)` for a picture, or ``a ` ![x](https://e.example)``.",
    "let v = vec![1, 2];",
    "![a chart](data:image/png;base64,AAAA) and ![one](/static/a.png)",
    "sk-live is a prefix, and 0123456789 counts",
]


@pytest.mark.parametrize("text", CHANGED)
def test_what_must_not_be_said_is_taken_out(text: str) -> None:
    found, removed = clean(text)
    assert found == CHANGED[text]
    assert removed


@pytest.mark.parametrize("text", UNCHANGED)
def test_what_is_honest_stays_as_it_is(text: str) -> None:
    assert clean(text) == (text, set())


@pytest.mark.parametrize("text", [*CHANGED, *UNCHANGED])
def test_however_it_arrives_the_same_comes_out(text: str) -> None:
    whole = clean(text)
    draw = random.Random(7)
    assert clean(text, [1] * len(text)) == whole
    for _ in range(200):
        assert clean(text, [draw.randint(1, 6) for _ in range(len(text))]) == whole


def test_a_picture_waits_for_the_end_of_its_code_no_longer_than_it_must() -> None:
    output = Filter([], "")
    assert output.feed("A ` ![x](https://e.example) ") == "A ` "
    said = "".join(output.feed("word ") for _ in range(100))
    assert said.startswith("[x](https://e.example) word ")


def test_words_pass_at_once() -> None:
    output = Filter([SECRET], FENCE)
    assert [output.feed(piece) for piece in ("Every", " employee", " has [1]", " 30 days.")] == [
        "Every", " employee", " has [1]", " 30 days.",
    ]  # fmt: skip


def test_only_the_beginning_of_a_secret_waits() -> None:
    output = Filter([SECRET], FENCE)
    assert output.feed("The key: sk-li") == "The key: "
    assert output.feed("ke that") == "sk-like that"
    assert output.feed(" and sk-live-8f3b") == " and "
    assert output.feed("2c.") == f"{REMOVED}."
