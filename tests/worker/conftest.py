from collections.abc import AsyncIterator

import httpx
import pytest

from app.adapters.sms import SmsGateway
from app.database import Database
from app.security.secrets import SecretKey
from app.services.messages import MessageService
from tests.fakes.clock import FrozenClock
from tests.fakes.sms_gateway import FakeSmsGateway, running_sms_gateway
from tests.worker.codes import DOMAIN, SECRET


@pytest.fixture
async def gateway() -> AsyncIterator[FakeSmsGateway]:
    async with running_sms_gateway() as gateway:
        yield gateway


@pytest.fixture
async def messages(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway
) -> AsyncIterator[MessageService]:
    headers = {"Authorization": f"Bearer {gateway.token}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=2) as http:
        yield MessageService(
            database=database,
            clock=clock,
            sms=SmsGateway(http, sender="Cabinet", longest_call=2),
            secret_key=SecretKey(SECRET),
            domain=DOMAIN,
        )
