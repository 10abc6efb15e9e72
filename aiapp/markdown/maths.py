r"""TeX in Markdown: $a$ and \(a\) in a line, $$a$$ and \[a\] on lines of their own.

Only the borders are found here; the TeX itself stays text until the browser draws it.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_brackets = {"$$": "$$", r"\[": r"\]"}
_pairs = {r"\(": r"\)", r"\[": r"\]"}
# A price is no formula: "$5 and $6", "US$5", "$HOME/$USER".
_dollars = re.compile(r"(?<![\w$\\])\$(?!\$)(\S|\S[^$\n]*?[^\s\\$])\$(?![\w$])")
_display = re.compile(r"\$\$([^$]+)\$\$")


def add_to(md: MarkdownIt) -> None:
    md.inline.ruler.before("escape", "math", _inline)
    alt: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("fence", "math_block", _block, alt)


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A formula on one line, or from a line with nothing but the opening to the closing.

    Like a fence it is a formula from its first line on, closed or not, so what a reader has
    seen does not turn into something else. A blank line ends it: TeX has none in a formula.
    """
    first = _line(state, start)
    close = _brackets.get(first[:2])
    if close is None or state.is_code_block(start):
        return False
    inside = first[2:]
    tex = inside.removesuffix(close).strip() if inside.endswith(close) else ""
    if inside and (not tex or close in tex):
        return False
    if silent:
        return True
    line = start + 1
    if not tex:
        line, tex = _body(state, line, end, close)
    state.line = line
    token = state.push("math_block", "span", 0)
    token.content = tex
    token.map = [start, line]
    return True


def _body(state: StateBlock, line: int, end: int, close: str) -> tuple[int, str]:
    body = []
    while line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        text = _line(state, line)
        line += 1
        if text.endswith(close):
            body.append(text[: -len(close)])
            break
        body.append(text)
    return line, "\n".join(body).strip()


def _inline(state: StateInline, silent: bool) -> bool:
    src, pos = state.src, state.pos
    found = None
    if src[pos] == "$":
        found = _match_dollars(src, pos, state.posMax)
    elif src[pos] == "\\" and (close := _pairs.get(src[pos : pos + 2])):
        end = src.find(close, pos + 2, state.posMax)
        found = (src[pos + 2 : end], end + 2) if end > pos + 2 else None
    if found is None:
        return False
    if not silent:
        token = state.push("math_inline", "span", 0)
        token.content = found[0].strip()
        token.meta = {"display": src.startswith(("$$", r"\["), pos)}
    state.pos = found[1]
    return True


def _match_dollars(src: str, pos: int, limit: int) -> tuple[str, int] | None:
    match = _display.match(src, pos, limit) or _dollars.match(src, pos, limit)
    return (match[1], match.end()) if match else None
