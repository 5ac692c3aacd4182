"""Asks an antivirus daemon about a file, by clamd's protocol (INSTREAM)."""

import asyncio
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.models.orders.attachment import FileInfected, ScannerUnavailable

SCAN_SECONDS: Final = 20.0
RETRY_AFTER: Final = 30
CHUNK: Final = 64 * 1024
LONGEST_ANSWER: Final = 4096


@dataclass(frozen=True, slots=True)
class Scanner:
    """One daemon; without an address nothing is asked."""

    address: str | None

    async def require_clean(self, path: Path) -> None:
        """Let pass a file in which the daemon finds nothing.

        :raises FileInfected:
        :raises ScannerUnavailable: it does not answer, or cannot scan.
        """
        if self.address is None:
            return
        try:
            async with asyncio.timeout(SCAN_SECONDS):
                told = await _ask(self.address, path)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            raise ScannerUnavailable(retry_after=RETRY_AFTER) from None
        if told.endswith(b" FOUND"):
            raise FileInfected
        if not told.endswith(b" OK"):
            raise ScannerUnavailable(retry_after=RETRY_AFTER)


async def _ask(address: str, path: Path) -> bytes:
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=LONGEST_ANSWER)
    try:
        writer.write(b"zINSTREAM\0")
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, CHUNK):
                writer.write(struct.pack("!I", len(piece)) + piece)
                await writer.drain()
        writer.write(struct.pack("!I", 0))
        await writer.drain()
        return (await reader.readuntil(b"\0")).rstrip(b"\0")
    finally:
        writer.close()
