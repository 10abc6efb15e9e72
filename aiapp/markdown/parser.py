"""The Markdown that we read: CommonMark, tables, strikethrough, task lists, bare links, maths.

Raw HTML is off, so markup in a text is text. Only http, https and mailto become links.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from aiapp.markdown import marks, maths, quotes
from aiapp.markdown.renderer import Renderer

# No sentence is this long. Some inline rules take time that grows with the square of a
# paragraph's length, so a longer one is shown as it was written.
MAX_INLINE_CHARS = 8_000

_link_target = re.compile(r"(?:https?://[^/]|mailto:[^/])", re.IGNORECASE)


def _is_safe_link(url: str) -> bool:
    return _link_target.match(url.strip()) is not None


def _inline(state: StateCore) -> None:
    """Parse the content of the leaf blocks, as the rule of markdown-it of the same name does."""
    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = children = []
        if len(token.content) > MAX_INLINE_CHARS:
            children.append(Token("text", "", 0, content=token.content))
        else:
            state.md.inline.parse(token.content, state.md, state.env, children)


def build() -> MarkdownIt:
    md = MarkdownIt("gfm-like2", renderer_cls=Renderer)
    md.options.update(
        {
            "html": False,
            # A list that reaches the limit swallows the rest of the text, at 20 after ten levels.
            "maxNesting": 60,
            "alerts": False,
            # "~5 of ~10" is about five of about ten.
            "strikethrough_single_tilde": False,
            "inline_definitions": True,
        }
    )
    # The stream normalizes and finds the blocks itself. Of the two linkify rules the inline one
    # sees what names its scheme; the other would also make hosts of "views.py" and "README.md".
    md.core.ruler.disable(["normalize", "block", "linkify"])
    md.disable(["html_block", "html_inline"])
    md.core.ruler.at("inline", _inline)
    # Before a sign behind a backslash becomes text like any other, for [1\] is no mark.
    md.core.ruler.before("text_join", "marks", marks.annotate)
    md.validateLink = _is_safe_link  # type: ignore[method-assign]
    maths.add_to(md)
    quotes.add_to(md)
    return md
