"""The words of what frames an answer's statements, language by language (`vocabulary.toml`)."""

import tomllib
from pathlib import Path
from typing import Any

VOCABULARY: dict[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text("utf-8"),
)
