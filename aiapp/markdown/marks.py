"""Changes in the text of a block: images become links, [1] becomes a citation.

A remote image would tell its server who reads which answer, and could carry out what the
conversation holds, so nothing is ever loaded: the reader gets a link to click.
"""

import re
from collections.abc import Iterable, Iterator

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from aiapp.markdown.citations import marks, numbers_of

_label = re.compile(r"\d{1,3}")


def annotate(state: StateCore) -> None:
    sources: int = state.env.get("sources", 0)
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = list(_annotate(token.children, sources))


def is_citation(label: str, sources: int) -> bool:
    return _label.fullmatch(label) is not None and 1 <= int(label) <= sources


def _annotate(tokens: Iterable[Token], sources: int) -> Iterator[Token]:
    links = 0
    for token in tokens:
        links += token.nesting if token.type in {"link_open", "link_close"} else 0
        if token.type == "image":
            yield from _image_link(token, inside=links > 0)
        elif token.type == "text" and not links and sources and "[" in token.content:
            yield from _split_at_citations(token.content, sources)
        else:
            yield token


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _image_link(image: Token, *, inside: bool) -> Iterator[Token]:
    url = str(image.attrGet("src") or "")
    name = _text(_plain(image.children or ()).strip() or url)
    if inside:
        # A link inside a link would end the outer one.
        yield name
        return
    yield Token("link_open", "a", 1, attrs={"href": url})
    yield name
    yield Token("link_close", "a", -1)


def _plain(tokens: Iterable[Token]) -> str:
    return "".join(
        _plain(token.children) if token.type == "image" and token.children else token.content
        for token in tokens
    )


def _split_at_citations(text: str, sources: int) -> Iterator[Token]:
    at = 0
    for match in marks(text):
        numbers = numbers_of(match)
        if not any(1 <= number <= sources for number in numbers):
            continue
        yield _text(text[at : match.start()])
        for number in numbers:
            known = 1 <= number <= sources
            kind = "citation" if known else "text"
            yield Token(kind, "", 0, content=str(number) if known else f"[{number}]")
        at = match.end()
    yield _text(text[at:])
