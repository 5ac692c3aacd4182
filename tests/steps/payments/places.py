"""A database in which one world of money after another is made and undone."""

import asyncio
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction

from app.database import create_engine
from app.models.billing.penalty import DiscountRate
from app.security.access_tokens import AccessTokens
from tests.databases import SavepointDatabase
from tests.factories.people import sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import FrozenClock
from tests.steps.payments.kopiykas import World


class Place:
    """A database and a loop of its own, in which one world after another is made and undone."""

    def __init__(self, url: URL, access_tokens: AccessTokens, folder: Path) -> None:
        self.runner = asyncio.Runner()
        self._folder, self._access_tokens = folder, access_tokens
        self._engine = create_engine(url.render_as_string(hide_password=False))
        self._connection: AsyncConnection | None = None
        self._everything: AsyncTransaction | None = None

    async def begin(self) -> World:
        self._connection = await self._engine.connect()
        self._everything = await self._connection.begin()
        database = SavepointDatabase(self._connection)
        company = await create_company(database)
        owner = await sign_in(database, self._access_tokens, company)
        async with database.begin() as session:
            session.add(DiscountRate(valid_from=date(2020, 1, 1), percent=Decimal(15), act="NBU"))
        return World(self._folder, database, FrozenClock(), company, owner)

    async def end(self) -> None:
        if self._everything is not None and self._connection is not None:
            # What the commit would have said of the ledger's transactions, it says now.
            await self._connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            await self._everything.rollback()
            await self._connection.close()

    def close(self) -> None:
        self.runner.run(self._engine.dispose())
        self.runner.close()
