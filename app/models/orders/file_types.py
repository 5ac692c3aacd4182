"""What a file is, by its content: its name and what the client says of it count for nothing."""

import zipfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from app.errors import UnsupportedType

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of one file."""
TAIL: Final = 64 * 1024 + 22
"""Where the directory of a ZIP ends, and so where a second nature of a file would hide."""
END_OF_ZIP: Final = b"PK\x05\x06"
SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
"""The object identifier 1.2.840.113549.1.7.2 (RFC 5652), DER."""
ASICE: Final = b"application/vnd.etsi.asic-e+zip"
NAME_AT: Final = 30
"""Where the name of a ZIP's first entry begins."""
MOST_ENTRIES: Final = 1000
LARGEST_UNPACKED: Final = 100 * 1024 * 1024
"""Bytes. Nothing is unpacked here; whoever opens the container unpacks that much."""
HIGHEST_RATIO: Final = 100
DER_SEQUENCE: Final = 0x30
LONG_FORM: Final = 0x80


class FileTypeRefused(UnsupportedType):
    """Not one of the types that are taken, or two types at once."""

    code = "file_type_refused"
    members = ("accepted",)


class FileType(StrEnum):
    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    P7S = "application/pkcs7-signature"
    ASICE = "application/vnd.etsi.asic-e+zip"

    @property
    def extension(self) -> str:
        return EXTENSIONS[self]

    @property
    def is_image(self) -> bool:
        return self in {FileType.JPEG, FileType.PNG}


EXTENSIONS: Final = {
    FileType.PDF: ".pdf",
    FileType.JPEG: ".jpg",
    FileType.PNG: ".png",
    FileType.P7S: ".p7s",
    FileType.ASICE: ".asice",
}


def sniff(path: Path) -> FileType:
    """Return what a file is.

    :raises FileTypeRefused: nothing that is taken, or something that is two things at once.
    """
    with path.open("rb") as file:
        head = file.read(1024)
        for kind, is_one in _TESTS.items():
            if is_one(head, file):
                return kind
    raise FileTypeRefused(accepted=[kind.value for kind in FileType])


def _is_pdf(head: bytes, file: BinaryIO) -> bool:
    if not head.startswith((b"%PDF-1.", b"%PDF-2.")):
        return False
    tail = _tail(file)
    # A ZIP is read from its end: a PDF with one there is a container in disguise.
    return b"%%EOF" in tail[-1024:] and END_OF_ZIP not in tail


def _is_p7s(head: bytes, file: BinaryIO) -> bool:
    if len(head) < 2 or head[0] != DER_SEQUENCE:  # noqa: PLR2004 - tag and length
        return False
    size, start = head[1], 2
    if size > LONG_FORM:
        start += size - LONG_FORM
        size = int.from_bytes(head[2:start], "big")
    file.seek(0, 2)
    return head[start:].startswith(SIGNED_DATA) and file.tell() == start + size


def _is_asice(head: bytes, file: BinaryIO) -> bool:
    name = NAME_AT + len(b"mimetype")
    if not head.startswith(b"PK\x03\x04") or head[NAME_AT:name] != b"mimetype":
        return False
    if not head[name:].startswith(ASICE):
        return False
    try:
        with zipfile.ZipFile(file) as container:
            entries = container.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError):
        return False
    return len(entries) <= MOST_ENTRIES and _is_bearable(entries)


def _is_bearable(entries: list[zipfile.ZipInfo]) -> bool:
    """Tell whether whoever opens the container gets no bomb and no file outside its folder."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    names = [entry.filename for entry in entries]
    are_inside = all(
        not name.startswith(("/", "\\")) and ".." not in name.replace("\\", "/").split("/")
        for name in names
    )
    return (
        are_inside
        and unpacked <= LARGEST_UNPACKED
        and unpacked <= HIGHEST_RATIO * max(packed, 1)
        and len(set(names)) == len(names)
    )


def _tail(file: BinaryIO) -> bytes:
    file.seek(0, 2)
    file.seek(max(0, file.tell() - TAIL))
    return file.read()


_TESTS: Final[dict[FileType, Callable[[bytes, BinaryIO], bool]]] = {
    FileType.PDF: _is_pdf,
    FileType.JPEG: lambda head, _: head.startswith(b"\xff\xd8\xff"),
    FileType.PNG: lambda head, _: head.startswith(b"\x89PNG\r\n\x1a\n"),
    FileType.P7S: _is_p7s,
    FileType.ASICE: _is_asice,
}
