"""Small files that unpack to large pictures: however many come at once, the process stands it."""

import asyncio
import resource
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.adapters.files.images import MOST_PIXELS
from app.adapters.files.intake import AT_ONCE, FileIntake
from app.adapters.files.scanner import Scanner

ROOT = Path(__file__).parents[3]
HEIGHT = 5000
TURNED = 6
"""The EXIF orientation of a picture that lies on its side."""
MOST_MEMORY = 512
"""MiB more than before: the API has 768 in compose.yaml, and needs less than 200 itself."""

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB there")


def picture(kind: str) -> bytes:
    """Return a picture of one colour, as large as is taken and as it falls out of a phone."""
    mode = "RGBA" if kind == "PNG" else "RGB"
    exif, written = Image.Exif(), BytesIO()
    exif[0x0112] = TURNED
    Image.new(mode, (MOST_PIXELS // HEIGHT, HEIGHT), "navy").save(written, format=kind, exif=exif)
    return written.getvalue()


def peak() -> int:
    """Return the most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def take_in_at_once(file: Path) -> list[int]:
    """Take a file in as often as at the same time is possible; return the sizes of what is kept."""
    intake = FileIntake(Scanner(None))

    async def take_in() -> int:
        with file.open("rb") as source:
            async with intake.take_in(source, file.name) as incoming:
                return incoming.size

    return await asyncio.gather(*(take_in() for _ in range(AT_ONCE)))


def tell_growth(path: str) -> None:
    before = peak()
    sizes = asyncio.run(take_in_at_once(Path(path)))
    sys.stdout.write(f"{len(sizes)} {peak() - before}")


@needs_proc
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_large_pictures_at_once_take_the_memory_of_one(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "picture"
    file.write_bytes(picture(kind))
    assert file.stat().st_size < 2 * 1024 * 1024, "small on the way"

    # In a process of its own: the most that a process has ever held is never less again.
    program = f"from {__name__} import tell_growth; tell_growth({str(file)!r})"
    told = subprocess.run(  # noqa: S603 - this very file, in this interpreter
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    taken, growth = map(int, told.split())
    assert taken == AT_ONCE
    assert growth < MOST_MEMORY
