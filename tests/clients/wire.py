"""The network between a browser and the product, where a test may see and disturb what passes."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass
class Wire:
    """Counts requests by method and path, and refuses those it was told to."""

    app: ASGIApp
    seen: Counter[str] = field(default_factory=Counter)
    keys: list[str] = field(default_factory=list)
    """The Idempotency-Keys of requests that carried one, in order."""
    refusals: dict[str, int] = field(default_factory=dict)
    """How many more requests of a kind get 429, which asks to come back after a second."""
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    """Requests of a kind wait until the event is set."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = f"{scope['method']} {scope['path']}"
        if scope["method"] != "OPTIONS":
            self.seen[kind] += 1
            headers = dict(scope["headers"])
            self.keys += [
                headers[name].decode() for name in (b"idempotency-key",) if name in headers
            ]
            if kind in self.held:
                await self.held[kind].wait()
            if self.refusals.get(kind, 0):
                self.refusals[kind] -= 1
                await _refuse(dict(scope["headers"])[b"origin"], send)
                return
        await self.app(scope, receive, send)


async def _refuse(origin: bytes, send: Send) -> None:
    headers = [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", b"Retry-After"),
        (b"retry-after", b"1"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
