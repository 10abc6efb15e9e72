"""Removal of invisible characters from others' text before a model reads it."""

import re

# Characters that people do not see and models do: zero-width marks, bidirectional controls,
# fillers, variation selectors, tags. Bits and letters can be written in each of them.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
