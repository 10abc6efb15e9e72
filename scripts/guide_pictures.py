"""Turn the screenshots that the guide shows into its pictures: guide_pictures.py FOLDER"""

import re
import sys
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parent.parent / "docs"


def main(folder: Path) -> None:
    for name in re.findall(r"images/([\w-]+)\.webp", (DOCS / "guide.md").read_text()):
        with Image.open(folder / f"{name}.png") as picture:
            picture.convert("RGB").save(DOCS / "images" / f"{name}.webp", quality=82, method=6)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
