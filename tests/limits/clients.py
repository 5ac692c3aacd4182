"""Clients that come from addresses of their own, as balancers see them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient


@asynccontextmanager
async def client_at(
    app: FastAPI, address: str, *, device: str = "browser"
) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app, raise_app_exceptions=False, client=(address, 40_000))
    headers = {"User-Agent": device}
    async with AsyncClient(
        transport=transport, base_url="http://cabinet", headers=headers
    ) as client:
        yield client
