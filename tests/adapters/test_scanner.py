"""The antivirus hook speaks clamd's protocol; the daemon here is a double of it."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.adapters.files.scanner import Scanner
from app.models.orders.attachment import FileInfected, ScannerUnavailable

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR"


@asynccontextmanager
async def daemon(answer: bytes | None = None) -> AsyncIterator[str]:
    """Run a double of clamd: it reads INSTREAM and finds EICAR, or answers as told."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        found = b"stream: Eicar-Test FOUND\0" if EICAR in content else b"stream: OK\0"
        writer.write(found if answer is None else answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


async def test_what_is_clean_passes(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a" * 200_000)

    async with daemon() as address:
        await Scanner(address).require_clean(file)
    await Scanner(None).require_clean(file)


async def test_what_is_found_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a" * 70_000 + EICAR)

    async with daemon() as address:
        with pytest.raises(FileInfected):
            await Scanner(address).require_clean(file)


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"what?\0"])
async def test_a_daemon_that_cannot_scan_lets_nothing_pass(tmp_path: Path, answer: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a")

    async with daemon(answer) as address:
        with pytest.raises(ScannerUnavailable):
            await Scanner(address).require_clean(file)
    for address in ("127.0.0.1:1", "nowhere"):
        with pytest.raises(ScannerUnavailable):
            await Scanner(address).require_clean(file)
