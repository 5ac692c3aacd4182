"""A refund that two persons order, two workers do and a notification tells goes back once."""

import asyncio

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.money import Money
from app.models.payments.instruction import InstructionUnderWay
from app.services import Services
from tests.factories.people import SignedIn, act
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.monobank import FakeMonobank
from tests.steps.payments.instructing import SECOND, instructions, paid, the_only, worker
from tests.steps.payments.paying import balance_of, clearing, notify

pytestmark = pytest.mark.committing


async def test_a_refund_goes_back_once(
    client: AsyncClient,
    database: Database,
    services: Services,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    payment_id = await paid(client, database, owner, company, monobank)
    operator, working = instructions(database, clock), worker(services)

    async def order() -> bool:
        try:
            await operator.refund(payment_id, Money(5000), approved_by=SECOND, act=act())
        except InstructionUnderWay:
            return False
        return True

    assert sum(await asyncio.gather(*(order() for _ in range(6)))) == 1

    async def told() -> None:
        """Tell again and again what the acquirer knows, while the workers call it."""
        for _ in range(10):
            await notify(client, monobank, dict(monobank.only))

    await asyncio.gather(told(), *(working.instruct() for _ in range(6)), told())

    assert (await the_only(operator)).status == "done"
    assert len(monobank.only["cancelList"]) == 1
    assert await balance_of(database, clearing()) == Money(7000)
