"""What a hot path can cost at least: an ASGI function, asyncpg, the product's own SQL.

No routing, validation, log, metrics, headers or fair queue. A token is looked up among those
met before, without its signature being checked even once.
"""

import json
import os
from base64 import urlsafe_b64decode
from typing import Any
from uuid import UUID

import asyncpg
import uvicorn
from starlette.types import Receive, Scope, Send

from app.access import Credentials
from app.identifiers import mask_phone
from app.repositories.callers import caller_values
from app.repositories.direct import Record
from app.repositories.identity.members import PROFILE
from benchmarks.fill import now

POOL_SIZE = 8


class Bare:
    def __init__(self) -> None:
        self._pool: Any = None
        self._known: dict[bytes, Credentials] = {}

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if self._pool is None:
            url = os.environ["DATABASE_URL"].replace("+asyncpg", "", 1)
            self._pool = await asyncpg.create_pool(
                url, min_size=POOL_SIZE, max_size=POOL_SIZE, server_settings={"jit": "off"}
            )
        body = b"{}" if scope["path"] != "/v1/me" else await self._me(scope)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _me(self, scope: Scope) -> bytes:
        values = caller_values(self._caller(scope), now())
        arguments = [values[name] for name in PROFILE.names]
        row = await self._pool.fetchrow(PROFILE.sql, *arguments, record_class=Record)
        return json.dumps(_answer(row), ensure_ascii=False).encode()

    def _caller(self, scope: Scope) -> Credentials:
        token = next(value for name, value in scope["headers"] if name == b"authorization")
        known = self._known.get(token)
        if known is None:
            payload = token.split(b".")[1]
            claims = json.loads(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
            known = self._known[token] = Credentials(
                UUID(claims["org"]), UUID(claims["sid"]), UUID(claims["sub"])
            )
        return known


def _answer(row: Any) -> dict[str, Any]:
    return {
        "member": {
            "id": str(row.caller_member_id),
            "full_name": row.full_name,
            "phone_masked": mask_phone(row.phone),
            "role": row.role,
            "locale": row.locale,
        },
        "organization": {"tax_id": row.tax_id, "name": row.organization_name},
        "ownership": "proven" if row.caller_owns else "pending",
        "ownership_effective_at": None,
        "ownership_ways": [],
        "counts": {
            "linked_accounts": row.linked_accounts,
            "available_accounts": row.available_accounts,
            "meters": row.meters,
        },
        "hold_ends_at": None,
        "cabinet_frozen_at": row.caller_cabinet_frozen_at,
        "ended_at_reset": None,
    }


if __name__ == "__main__":
    uvicorn.run(
        Bare(),
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
