"""Pictures: the text in them, a page a frame."""

from collections.abc import Iterator

from documents.parsing import ocr
from documents.parsing.notes import Note

# A scanned letter is a TIFF of a few pages; an animation shows the same in hundreds.
MAX_FRAMES = 50


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    with ocr.open_picture(path) as image:
        frames = 1 if image.format == "GIF" else min(getattr(image, "n_frames", 1), MAX_FRAMES)
        yield frames
        for frame in list(range(frames))[first - 1 :]:
            image.seek(frame)
            yield ocr.read(image)
