"""A client that sends what it likes, byte by byte, to the application on a real port."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from app.arrival.protocol import BoundedHttp

PATIENCE = 10.0
"""Seconds after which a test says that something will not happen."""


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Return the next answer: status, headers, body."""
        async with asyncio.timeout(PATIENCE):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
            }
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return int(first.split()[1]), headers, body

    async def problem(self) -> dict[str, Any]:
        """Return the next answer, which is a problem, and the end of the connection after it."""
        status, headers, body = await self.answer()
        found: dict[str, Any] = json.loads(body)
        assert headers["content-type"] == "application/problem+json"
        assert headers["connection"] == "close"
        assert headers["x-request-id"] == found["request_id"]
        assert found["status"] == status
        assert await self.is_closed()
        return found

    async def is_closed(self) -> bool:
        async with asyncio.timeout(PATIENCE):
            return not await self._reader.read()

    def close(self) -> None:
        self._writer.close()


class Site:
    def __init__(self, port: int) -> None:
        self._port = port
        self._opened: list[Connection] = []

    async def connect(self) -> Connection:
        connection = Connection(*await asyncio.open_connection("127.0.0.1", self._port))
        self._opened.append(connection)
        return connection

    def close(self) -> None:
        for connection in self._opened:
            connection.close()


@asynccontextmanager
async def served(app: FastAPI, protocol: type[BoundedHttp]) -> AsyncIterator[Site]:
    config = uvicorn.Config(
        app, port=0, http=protocol, ws="none", lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE):
        while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait on
            await asyncio.sleep(0.01)
    site = Site(server.servers[0].sockets[0].getsockname()[1])
    try:
        yield site
    finally:
        site.close()
        server.should_exit = True
        await asyncio.wait_for(serving, PATIENCE)
