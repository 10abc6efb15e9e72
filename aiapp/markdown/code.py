"""A code block: its language, a Copy button, and colours that come as short class names."""

import re
from functools import lru_cache
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

# Highlighting takes time that grows with the square of a line's length in many lexers, and
# code of this size is read in an editor.
LONGEST_CODE = 20_000
LONGEST_LINE = 400

_formatter = HtmlFormatter(nowrap=True)
_language = re.compile(r"[\w+#.-]{1,30}")
# Lexers that take seconds for a few thousand hostile characters, even in short lines.
_slow = frozenset({"make", "makefile", "mf", "bsdmake"})


def code_box(code: str, info: str, *, closed: bool) -> str:
    """HTML of a code block. One that is still open stays plain: its end is not known."""
    match = _language.match(info.strip())
    language = match[0] if match else ""
    body = _highlighted(code, language.lower()) if closed and language else escape(code)
    return (
        f'<div class="code"><div class="code-head"><span>{escape(language)}</span>'
        '<button type="button" data-action="copy-code">Copy</button></div>'
        f'<pre tabindex="0"><code>{body}</code></pre></div>\n'
    )


# While a list that holds code is being written, its finished code is drawn again and again.
@lru_cache(maxsize=64)
def _highlighted(code: str, language: str) -> str:
    if not _is_small(code) or language in _slow:
        return escape(code)
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(code)
    return highlight(code, lexer, _formatter)


def _is_small(code: str) -> bool:
    return len(code) <= LONGEST_CODE and all(len(line) <= LONGEST_LINE for line in code.split("\n"))
