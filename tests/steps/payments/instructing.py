"""What the operator has the acquirer do with a payment, and what became of it."""

from uuid import UUID

from httpx import AsyncClient

from app.clock import Clock
from app.database import Database
from app.models.payments.instruction import PaymentInstruction
from app.services import Services
from app.services.payments.instructed import InstructedService
from app.services.payments.instructions import InstructionService
from app.services.payments.use_cases import Payments
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.monobank import FakeMonobank
from tests.steps.payments.paying import notify, owing, pay, start

SECOND = "t.bondar"


def instructions(database: Database, clock: Clock) -> InstructionService:
    return InstructionService(database=database, clock=clock)


def worker(services: Services) -> InstructedService:
    payments = services.of(Payments)
    return InstructedService(context=payments.charges.context, gateway=payments.charges.gateway)


async def paid(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> UUID:
    """Return a payment of 120.00 that has paid the only invoice of a company."""
    payment = (await start(client, owner, await owing(database, company))).json()
    await pay(client, monobank)
    return UUID(payment["id"])


async def held(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> UUID:
    """Return a payment whose 120.00 are blocked on the card."""
    payment = (await start(client, owner, await owing(database, company))).json()
    told = monobank.move(monobank.only["invoiceId"], "hold")
    assert (await notify(client, monobank, told)).status_code == 200
    return UUID(payment["id"])


async def the_only(service: InstructionService) -> PaymentInstruction:
    (given,) = await service.newest()
    return given
