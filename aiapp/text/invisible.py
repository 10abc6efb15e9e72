"""Characters that nobody sees: they turn the direction of writing, join, hide, or say nothing.

With them a name can look like another and a text can say to a model what it does not say to people.
In names they are left out; where somebody has to know exactly what they agree to, they are shown.
"""

import re

# Controls but for tabs and line breaks, and what has no shape of its own (Unicode's
# Default_Ignorable_Code_Point, and two blanks that pass for nothing).
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# These belong to some scripts and to emoji, one after a character that is seen.
_JOINING = "\u200c\u200d\ufe00-\ufe0f"
_RUN = re.compile(f"(?:[{_UNSEEN}]|(?<![^\x00-\x7f{_UNSEEN}{_JOINING}])[{_JOINING}])+")
# So many are shown one by one; of more the first, and how many there are.
MAX_SHOWN = 4


def remove_invisible(text: str) -> str:
    return _RUN.sub("", text)


def show_invisible(text: str) -> str:
    """The text with the names of such characters in their places, as ⟨U+202E⟩."""
    return _RUN.sub(_render_code_points, text)


def _render_code_points(run: re.Match[str]) -> str:
    chars = run[0]
    if len(chars) > MAX_SHOWN:
        return f"⟨U+{ord(chars[0]):04X} … ×{len(chars)}⟩"
    return "".join(f"⟨U+{ord(char):04X}⟩" for char in chars)
