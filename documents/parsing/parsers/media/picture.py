"""A picture written anew: what a camera or a stranger put into its file stays behind."""

import base64
import io
import json
import warnings
from collections.abc import Iterator

from PIL import Image

from documents.parsing import ocr
from documents.parsing.limits import ParseError
from documents.parsing.notes import Note

# What models take, and no other decoder is ever asked.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
# Models scale down what is larger, or cut it into more tiles.
MAX_SIDE_PIXELS = 1568
JPEG_QUALITY = 88
# A drawing or a picture of a screen is sharper as PNG; a photograph would be many times as large.
MAX_PNG_BYTES = 600_000


def rewrite(path: str, first: int) -> Iterator[int | str | Note]:
    """One page: the picture's first frame, upright, on white, in JSON with the bytes in Base64."""
    yield 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            Image.open(path, formats=FORMATS).close()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ParseError("corrupt_file") from error
    with ocr.open_picture(path) as image:
        picture = ocr.prepare(image)
    picture.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
    kind, data = _encode(picture)
    yield json.dumps(
        {
            "media_type": kind,
            "width": picture.width,
            "height": picture.height,
            "data": base64.b64encode(data).decode(),
        }
    )


def _encode(picture: Image.Image) -> tuple[str, bytes]:
    png = io.BytesIO()
    picture.save(png, "PNG")
    if png.tell() <= MAX_PNG_BYTES:
        return "image/png", png.getvalue()
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=JPEG_QUALITY)
    return "image/jpeg", jpeg.getvalue()
