"""What is taken out of others' text before a model reads it."""

import re

# Characters that people do not see and models do: tags, zero-width marks, bidirectional controls.
INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
