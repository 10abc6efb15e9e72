"""Text in pictures: by Tesseract where the machine has it, else by RapidOCR's small models.

Tesseract is four times as fast on clean pages; RapidOCR reads photos better, needs a gigabyte,
and comes with its models as a Python package.
"""

import io
import shutil
import subprocess
import warnings
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

from PIL import Image, ImageOps

from documents.parsing.limits import ParseError, allow_max_memory

MAX_PIXELS = 40_000_000
# Longer sides add seconds and no words.
MAX_SIDE_PIXELS = 4_000
TESSERACT_SECONDS = 120
# Those of the languages with data of their own that Tesseract is asked for, when it has them.
_WANTED = ("eng", "kor", "jpn", "chi_sim", "deu", "fra", "spa")


def read(image: Image.Image) -> str:
    """The text of a picture, line by line; "" if there is none. Raises ParseError."""
    picture = prepare(image)
    if shutil.which("tesseract"):
        return _read_by_tesseract(picture)
    if find_spec("rapidocr") is None:
        raise ParseError("ocr_unavailable")
    allow_max_memory()
    return _read_by_rapidocr(picture)


def open_picture(source: Any) -> Image.Image:
    """A picture whose size is bearable. Raises ParseError before it is unpacked."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of what is refused below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(source)
        width, height = image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ParseError("corrupt_file") from error
    if width * height > MAX_PIXELS:
        raise ParseError("picture_too_large")
    return image


def prepare(image: Image.Image) -> Image.Image:
    """Upright as its camera meant it, on white, and of a bearable size."""
    try:
        upright = ImageOps.exif_transpose(image)
        flat = upright.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ParseError("corrupt_file") from error
    page = Image.new("RGB", flat.size, "white")
    page.paste(flat, mask=flat.getchannel("A"))
    page.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
    return page


def _read_by_tesseract(picture: Image.Image) -> str:
    png = io.BytesIO()
    picture.save(png, "PNG")
    command = ["tesseract", "stdin", "stdout", "-l", "+".join(_languages())]
    try:
        process = subprocess.run(  # a list, and nothing of the file in it
            command,
            input=png.getvalue(),
            capture_output=True,
            timeout=TESSERACT_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise ParseError("ocr_failed") from error
    return process.stdout.decode("utf-8", "replace").strip()


@cache
def _languages() -> list[str]:
    command = ["tesseract", "--list-langs"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return [name for name in _WANTED if name in listed] or ["eng"]


def _read_by_rapidocr(picture: Image.Image) -> str:
    # numpy comes with the engine.
    import numpy  # noqa: PLC0415

    found = _engine()(numpy.asarray(picture)[:, :, ::-1])
    if found.boxes is None:
        return ""
    boxes = [(min(y), max(y), min(x)) for x, y in (zip(*box, strict=True) for box in found.boxes)]
    return lines([Piece(*box, text.strip()) for box, text in zip(boxes, found.txts, strict=True)])


class Piece(NamedTuple):
    """Some words and where they stand in the picture."""

    top: float
    bottom: float
    left: float
    text: str


def lines(pieces: list[Piece]) -> str:
    """Pieces whose middles are level are one line, and read from the left."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces):
        middle = (piece.top + piece.bottom) / 2
        if rows and rows[-1][0].top <= middle <= rows[-1][0].bottom:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    ordered = (sorted(row, key=lambda piece: piece.left) for row in rows)
    return "\n".join(" ".join(piece.text for piece in row) for row in ordered)


@cache
def _engine() -> Any:
    # Optional, and a second to load.
    from rapidocr import RapidOCR  # noqa: PLC0415

    return RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
