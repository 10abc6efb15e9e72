"""Pictures: the text in them, a page a frame."""

from collections.abc import Iterator
from importlib.util import find_spec

from documents.parsing import ocr
from documents.parsing.contents import Contents, for_library
from documents.parsing.formats import Item
from documents.parsing.notes import note

# A scanned letter is a TIFF of a few pages; an animation shows the same in hundreds.
MAX_FRAMES = 50


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    _open_heif()
    with ocr.open_picture(for_library(path)) as image:
        frames = 1 if image.format == "GIF" else min(getattr(image, "n_frames", 1), MAX_FRAMES)
        yield frames
        if (left_out := getattr(image, "n_frames", 1) - frames) > 0 and first == 1:
            yield note("frames_left_out", count=left_out)
        for frame in list(range(frames))[first - 1 :]:
            image.seek(frame)
            yield ocr.read(image)


def _open_heif() -> None:
    """Let Pillow open what telephones write, where the library for it is installed."""
    if find_spec("pi_heif") is not None:
        import pi_heif  # noqa: PLC0415

        pi_heif.register_heif_opener()
