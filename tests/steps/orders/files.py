"""Files that customers attach, and files that only look like it."""

import zipfile
from io import BytesIO
from typing import Final

from PIL import Image

PDF: Final = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
OID: Final = bytes.fromhex("06092a864886f70d010702")
P7S: Final = bytes([0x30, 0x82, 0x01, 0x00]) + OID + b"\0" * (256 - len(OID))
SECRET: Final = "GPS 50.4501 N"


def image(kind: str, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a picture with EXIF that says where it was taken."""
    picture, written = Image.new("RGB", size, "navy"), BytesIO()
    exif = Image.Exif()
    exif[0x010E] = SECRET
    picture.save(written, format=kind, exif=exif)
    return written.getvalue()


def asice(*more: tuple[str, bytes]) -> bytes:
    """Return an ASiC-E container with more entries."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as container:
        container.writestr(
            zipfile.ZipInfo("mimetype"), "application/vnd.etsi.asic-e+zip", zipfile.ZIP_STORED
        )
        for name, content in more:
            container.writestr(name, content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def plain_zip() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as container:
        container.writestr("evil.exe", b"MZ")
    return written.getvalue()
