"""Makes pictures harmless: what is kept is drawn anew, without a word of what the camera knew."""

import warnings
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from app.models.orders.attachment import ImageUnreadable
from app.models.orders.file_types import FileType

MOST_PIXELS: Final = 50_000_000
"""More than any phone's camera; larger ones are bombs."""
QUALITY: Final = 90
FORMATS: Final = {FileType.JPEG: "JPEG", FileType.PNG: "PNG"}


def redraw(source: Path, target: Path, kind: FileType) -> None:
    """Write a picture's pixels to a new file, the right way up, without EXIF or anything else.

    :raises ImageUnreadable:
    """
    name = FORMATS[kind]
    try:
        with warnings.catch_warnings(), Image.open(source, formats=[name]) as image:
            warnings.simplefilter("error")
            if image.width * image.height > MOST_PIXELS:
                raise ImageUnreadable
            ImageOps.exif_transpose(image, in_place=True)
            mode = "RGB" if kind is FileType.JPEG else "RGBA"
            # Each copy of a large picture is 200 MB: none is made that is not needed.
            drawn = image if image.mode == mode else image.convert(mode)
            drawn.info.clear()
            drawn.save(target, format=name, quality=QUALITY)
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        raise ImageUnreadable from None
