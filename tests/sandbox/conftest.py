from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.database import Database
from app.main import create_app
from app.sandbox import sandbox_router
from app.sandbox.clock import SandboxClock
from app.sandbox.forced_answers import force_answer
from app.services import Services
from tests.fakes.clock import FrozenClock

TOKEN = "sandbox-token"


@pytest.fixture
def sandbox_clock(clock: FrozenClock, tmp_path: Path) -> SandboxClock:
    return SandboxClock(tmp_path, system=clock)


@pytest.fixture
async def client(
    services: Services, database: Database, sandbox_clock: SandboxClock
) -> AsyncIterator[httpx.AsyncClient]:
    """The application with the routes of the sandbox."""
    guest = sandbox_router(database=database, clock=sandbox_clock, sms_token=TOKEN)
    app = create_app(services, extra_routers=[guest], before_each=[force_answer])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://cabinet") as client:
        yield client
