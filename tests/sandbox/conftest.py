from collections.abc import AsyncIterator

import httpx
import pytest

from app.database import Database
from app.main import create_app
from app.sandbox import sandbox_router
from app.services import Services
from tests.fakes.clock import FrozenClock

TOKEN = "sandbox-token"


@pytest.fixture
async def client(
    services: Services, database: Database, clock: FrozenClock
) -> AsyncIterator[httpx.AsyncClient]:
    """The application with the routes of the sandbox."""
    guest = sandbox_router(database=database, clock=clock, sms_token=TOKEN)
    transport = httpx.ASGITransport(create_app(services, extra_routers=[guest]))
    async with httpx.AsyncClient(transport=transport, base_url="http://cabinet") as client:
        yield client
