"""Quotes, with a bound on their lines without a mark.

A line below a quote belongs to it without a `>` of its own if it continues a paragraph. The
parser finds that out by looking for the end of the quote first and parsing what is in it then, so
"> # a", a line, "> # a" and so on sends it from each quote to the end of the text: minutes for
some kilobytes. With a bound on such lines a quote looks no further than a few of them.
"""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote

# Of the lines without a mark that a quote may have. One more begins a new paragraph.
MAX_UNMARKED = 8


def add_to(md: MarkdownIt) -> None:
    alt = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.at("blockquote", _quote, alt)  # type: ignore[arg-type]


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    # When silent, the rule looks at the first line only.
    is_quote = state.src.startswith(">", state.bMarks[start] + state.tShift[start])
    limit = end if silent or not is_quote else _find_limit(state, start, end)
    return blockquote(state, start, limit, silent)


def _find_limit(state: StateBlock, start: int, end: int) -> int:
    unmarked = 0
    for line in range(start, end):
        at = state.bMarks[line] + state.tShift[line]
        if at >= state.eMarks[line]:
            return line
        unmarked += state.src[at] != ">"
        if unmarked > MAX_UNMARKED:
            return line
    return end
