"""Tokens to HTML. Nothing here is trusted: `clean` goes over the result."""

from collections.abc import MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from aiapp.markdown.code import code_box

# The page has the h1, the message an h2.
_ABOVE, _DEEPEST = 2, 6

Env = MutableMapping[str, Any]


class Renderer(RendererHTML):
    def heading_open(self, tokens: Sequence[Token], at: int, _: object, env: Env) -> str:
        """The levels follow one another, whatever level an answer begins with."""
        outline: list[int] = env["outline"]
        level = int(tokens[at].tag[1:])
        while outline and outline[-1] >= level:
            outline.pop()
        outline.append(level)
        return f"<h{_level(outline)}>"

    def heading_close(self, tokens: Sequence[Token], at: int, _: object, env: Env) -> str:
        return f"</h{_level(env['outline'])}>\n"

    def table_open(self, *_: object) -> str:
        # A wide table scrolls in a box of its own, which the keyboard must be able to reach.
        return '<div class="table-scroll" tabindex="0"><table>\n'

    def table_close(self, *_: object) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], at: int, *_: object) -> str:
        return f"<th{_alignment(tokens[at])}>"

    def td_open(self, tokens: Sequence[Token], at: int, *_: object) -> str:
        return f"<td{_alignment(tokens[at])}>"

    def list_item_open(self, tokens: Sequence[Token], at: int, *args: object) -> str:
        token = tokens[at]
        checked = token.meta.get("checked")
        if checked is None:
            return self.renderToken(tokens, at, *args)  # type: ignore[arg-type]
        # A check box that nobody can tick is only a sign.
        return f'<li class="task"><span class="task-box">{"☑" if checked else "☐"}</span> '

    def ordered_list_open(self, tokens: Sequence[Token], at: int, *_: object) -> str:
        start = tokens[at].attrGet("start")
        return f'<ol start="{start}">\n' if start is not None else "<ol>\n"

    def bullet_list_open(self, *_: object) -> str:
        return "<ul>\n"

    def fence(self, tokens: Sequence[Token], at: int, *_: object) -> str:
        token = tokens[at]
        return code_box(token.content, token.info, closed=is_closed(token))

    def code_block(self, tokens: Sequence[Token], at: int, *_: object) -> str:
        return code_box(tokens[at].content, "", closed=True)

    def math_block(self, tokens: Sequence[Token], at: int, *_: object) -> str:
        return f'<p><span class="math display">{escape(tokens[at].content)}</span></p>\n'

    def math_inline(self, tokens: Sequence[Token], at: int, *_: object) -> str:
        token = tokens[at]
        name = "math display" if token.meta["display"] else "math"
        return f'<span class="{name}">{escape(token.content)}</span>'

    def citation(self, tokens: Sequence[Token], at: int, _: object, env: Any) -> str:
        n = tokens[at].content
        numbers: dict[int, int] = env["numbers"]
        shown = numbers.setdefault(int(n), len(numbers) + 1)
        return f'<a class="cite" href="#source-{n}" data-n="{n}">{shown}</a>'

    def link_open(self, tokens: Sequence[Token], at: int, *_: object) -> str:
        href = escape(str(tokens[at].attrGet("href") or ""))
        title = escape(str(tokens[at].attrGet("title") or ""))
        tip = f' title="{title}"' if title else ""
        return f'<a href="{href}"{tip} target="_blank" rel="noopener noreferrer nofollow">'

    def definition(self, *_: object) -> str:
        return ""


def is_closed(fence: Token) -> bool:
    """Check for the closing line of a fence: with it, a fence spans a line more than it holds."""
    first, end = fence.map or [0, 0]
    content = fence.content
    lines = content.count("\n") + (not content.endswith("\n") and content != "")
    return end - first - 1 > lines


def _alignment(cell: Token) -> str:
    # The parser says it in a style attribute, which the content security policy forbids.
    side = str(cell.attrGet("style") or "").removeprefix("text-align:")
    return f' class="{side}"' if side in {"left", "center", "right"} else ""


def _level(outline: Sequence[int]) -> int:
    return min(_ABOVE + len(outline), _DEEPEST)
