"""A double of clamd, the antivirus daemon: it speaks INSTREAM and finds EICAR."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
