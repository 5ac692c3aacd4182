"""Where files are kept, by a key that says nothing: the port, and a folder that does it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID, uuid4

from app.errors import AppError, Unavailable
from app.models.orders.attachment import StorageUnavailable

CHUNK: Final = 64 * 1024
"""Bytes read at once."""
RETRY_AFTER: Final = 60


class FileMissing(Exception):
    """No file is kept under this key."""


class FileStorage(Protocol):
    """Keeps files under ids; nothing that a person typed is part of a key."""

    async def put(self, key: UUID, source: Path) -> None:
        """Keep a copy of a file; it is there whole or not at all.

        :raises StorageUnavailable:
        """

    async def open(self, key: UUID) -> AsyncIterator[bytes]:
        """Return the bytes, piece by piece.

        :raises FileMissing:
        """

    async def delete(self, key: UUID) -> None:
        """Keep a file no longer; one that is not there is no mistake."""


@asynccontextmanager
async def kept_unless_refused(storage: FileStorage, key: UUID, source: Path) -> AsyncIterator[None]:
    """Keep a file, and no longer if what is done with it is refused.

    Where the database did not answer, the row may be there all the same: then the file stays.
    """
    await storage.put(key, source)
    try:
        yield
    except AppError as error:
        if not isinstance(error, Unavailable):
            await storage.delete(key)
        raise


@dataclass(frozen=True, slots=True)
class FolderStorage:
    """A folder of this machine, or one that several share."""

    root: Path

    async def put(self, key: UUID, source: Path) -> None:
        try:
            await asyncio.to_thread(self._put, key, source)
        except OSError:
            raise StorageUnavailable(retry_after=RETRY_AFTER) from None

    async def open(self, key: UUID) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._path(key).open, "rb")
        except FileNotFoundError:
            raise FileMissing(str(key)) from None

        async def pieces() -> AsyncIterator[bytes]:
            with file:
                while piece := await asyncio.to_thread(file.read, CHUNK):
                    yield piece

        return pieces()

    async def delete(self, key: UUID) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _put(self, key: UUID, source: Path) -> None:
        target = self._path(key)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.{uuid4().hex}")
        try:
            shutil.copyfile(source, unfinished)
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)

    def _path(self, key: UUID) -> Path:
        return self.root / key.hex[-2:] / key.hex
