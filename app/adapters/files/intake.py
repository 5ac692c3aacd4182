"""The way of a file from whoever sends it to where it is kept."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final
from uuid import UUID

from app.adapters.files.images import redraw
from app.adapters.files.scanner import Scanner
from app.models.orders.attachment import FileEmpty, FileTooLarge, OrderAttachment, safe_name
from app.models.orders.file_types import LARGEST, FileType, sniff
from app.models.orders.order import Order
from app.models.orders.order_status import Side

CHUNK: Final = 64 * 1024
AT_ONCE: Final = 4
"""Files looked at at the same time in one process."""
DRAWN_AT_ONCE: Final = 1
"""Pictures of them: one of 200 KB may unpack to 200 MB, and to twice that while it is turned."""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that has been looked at and may be kept."""

    path: Path
    kind: FileType
    name: str
    size: int
    sha256: str

    def attached_to(
        self, order: Order, attachment_id: UUID, document_code: str, *, by: Side, now: datetime
    ) -> OrderAttachment:
        """Return the row of this file as a document of an order."""
        return OrderAttachment(
            organization_id=order.organization_id,
            id=attachment_id,
            order_id=order.id,
            document_code=document_code,
            side=by.value,
            name=self.name,
            media_type=self.kind.value,
            size=self.size,
            sha256=self.sha256,
            added_at=now,
        )


class FileIntake:
    """Looks at files: size, type by content, antivirus; pictures are drawn anew."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    @asynccontextmanager
    async def take_in(self, source: BinaryIO, name: str | None) -> AsyncIterator[IncomingFile]:
        """Yield the file as it may be kept; it is gone at the end.

        :raises FileTooLarge, FileEmpty, FileTypeRefused, ImageUnreadable:
        :raises FileInfected, ScannerUnavailable:
        """
        async with self._turns:
            folder = await asyncio.to_thread(TemporaryDirectory)
            try:
                yield await self._looked_at(source, name, Path(folder.name))
            finally:
                await asyncio.to_thread(folder.cleanup)

    async def _looked_at(self, source: BinaryIO, name: str | None, folder: Path) -> IncomingFile:
        arrived = folder / "arrived"
        await asyncio.to_thread(_copy, source, arrived)
        kind = await asyncio.to_thread(sniff, arrived)
        await self._scanner.require_clean(arrived)
        kept = arrived
        if kind.is_image:
            kept = folder / "redrawn"
            async with self._drawing:
                await asyncio.to_thread(redraw, arrived, kept, kind)
        size, digest = await asyncio.to_thread(_measure, kept)
        return IncomingFile(kept, kind, safe_name(name, kind), size, digest)


def _copy(source: BinaryIO, target: Path) -> None:
    size = 0
    with target.open("wb") as file:
        while piece := source.read(CHUNK):
            size += len(piece)
            if size > LARGEST:
                raise FileTooLarge(most_bytes=LARGEST)
            file.write(piece)
    if size == 0:
        raise FileEmpty


def _measure(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            size += len(piece)
            digest.update(piece)
    return size, digest.hexdigest()
