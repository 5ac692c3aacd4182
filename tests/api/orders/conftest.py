from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import update

from app.database import Database
from app.models.identity.session import Session
from app.models.limits import Limits
from app.models.orders.settings import OrderSettings
from app.models.settings import ChosenSettings
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from app.services.context import Context
from tests.factories.people import SignedIn, headers_at
from tests.fakes.clock import FrozenClock
from tests.steps.orders.catalogue import load

Passing: TypeAlias = Callable[[datetime | timedelta], Awaitable[None]]


@pytest.fixture(autouse=True)
async def catalogue(request: pytest.FixtureRequest, database: Database) -> None:
    """The program's own catalogue, but in the tests that load their own."""
    if request.module.__name__.endswith("test_services"):
        return
    await load(database)


@pytest.fixture
def context(
    database: Database, clock: FrozenClock, secret_key: SecretKey, limits: Limits, tmp_path: Path
) -> Context:
    """The usual one, with a folder of its own for files."""
    settings = ChosenSettings((OrderSettings(files_folder=tmp_path / "files"),))
    return Context.of(
        database=database, clock=clock, secret_key=secret_key, limits=limits, settings=settings
    )


@pytest.fixture
def passing(
    database: Database, clock: FrozenClock, access_tokens: AccessTokens, owner: SignedIn
) -> Passing:
    """Let time pass, while the owner refreshes their session as a client does."""

    async def passes(to: datetime | timedelta) -> None:
        clock.moment = to if isinstance(to, datetime) else clock.moment + to
        async with database.begin() as session:
            await session.execute(
                update(Session).values(expires_at=clock.moment + timedelta(days=1))
            )
        owner.headers = headers_at(access_tokens, owner, clock.moment)

    return passes
