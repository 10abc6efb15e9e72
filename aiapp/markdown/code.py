"""A code block: its language, a Copy button, and colours that come as short class names."""

import re
from functools import lru_cache
from html import escape

from aiapp.markdown.colours import colour

# Code of this size is read in an editor, and a page with a span for each word of it is slow.
MAX_CODE_CHARS = 50_000

_language = re.compile(r"[\w+#.-]{1,30}")


def code_box(code: str, info: str, *, closed: bool) -> str:
    """HTML of a code block. One that is still open stays plain: its end is not known."""
    match = _language.match(info.strip())
    language = match[0] if match else ""
    is_coloured = closed and language and len(code) <= MAX_CODE_CHARS
    body = _coloured(code, language) if is_coloured else escape(code)
    return (
        f'<div class="code"><div class="code-head"><span>{escape(language)}</span>'
        '<button type="button" data-action="copy-code">Copy</button></div>'
        f'<pre tabindex="0"><code>{body}</code></pre></div>\n'
    )


# While a list that holds code is being written, its finished code is drawn again and again.
_coloured = lru_cache(maxsize=16)(colour)
