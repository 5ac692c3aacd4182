"""The product in this process, over a database of its own, as wide or as narrow as asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from fastapi import FastAPI
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from app.clock import Clock
from app.composition import build_services
from app.database import POOL_SIZE, Database, create_engine
from app.identifiers import AccountNumbers
from app.main import create_app
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services.context import Context
from tests.fakes.limits import wide_limits


@dataclass(frozen=True)
class Keys:
    passwords: PasswordHasher
    secret_key: SecretKey
    access_tokens: AccessTokens


@dataclass(frozen=True)
class Cabinet:
    app: FastAPI
    client: httpx.AsyncClient
    engine: AsyncEngine
    database: Database

    @property
    def connections_in_use(self) -> int:
        in_use: int = self.engine.pool.checkedout()  # type: ignore[attr-defined] # a queue's
        return in_use


@asynccontextmanager
async def cabinet_over(
    url: URL, *, clock: Clock, keys: Keys, places: int = POOL_SIZE
) -> AsyncIterator[Cabinet]:
    engine = create_engine(url.render_as_string(hide_password=False), pool_size=places)
    database = Database(engine, places=places)
    probe = Database(
        create_engine(url.render_as_string(hide_password=False), pool_size=1), places=1
    )
    app = create_app(
        build_services(
            Context.of(
                database=database, clock=clock, secret_key=keys.secret_key, limits=wide_limits()
            ),
            passwords=keys.passwords,
            access_tokens=keys.access_tokens,
            account_numbers=AccountNumbers("\\d{4,12}"),
            probe=probe,
        )
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cabinet") as client:
        yield Cabinet(app, client, engine, database)
    await probe.close()
    await database.close()
