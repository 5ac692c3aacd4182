"""A walk over all that moves money: every kopiyka that came stands somewhere, exactly once."""

from pathlib import Path
from random import Random

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.models.billing.invoice import InvoiceAllocation, InvoicePart
from app.models.billing.ledger import LedgerAccount, LedgerEntry
from app.models.money import Money, total
from app.models.payments.payment import Payment
from app.services.payments.statements import StatementService
from tests.adapters.bank_statements.camt_files import document, entry, payment, statement
from tests.factories.people import SignedIn, act
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.monobank import FakeMonobank
from tests.steps.payments.paying import notify, owing, start

STEPS = 14
CHOICES = ("issue", "advance", "bill", "back", "bank", "unassign")


class Walk:
    """One company, and whatever happens to its money."""

    def __init__(
        self,
        client: AsyncClient,
        database: Database,
        owner: SignedIn,
        company: Company,
        monobank: FakeMonobank,
        statements: StatementService,
        folder: Path,
    ) -> None:
        self.client = client
        self.database = database
        self.owner = owner
        self.company = company
        self.monobank = monobank
        self.statements = statements
        self.folder = folder
        self.step = 0

    async def take(self, choice: str, by: Random) -> None:
        self.step += 1
        await getattr(self, choice)(by)

    async def issue(self, by: Random) -> None:
        net = f"{by.randrange(1, 300)}.{by.randrange(100):02}"
        await owing(self.database, self.company, net, key=f"final:{self.step}")

    async def advance(self, by: Random) -> None:
        amount = f"{by.randrange(1, 400)}.{by.randrange(100):02}"
        account = str(self.company.account.id)
        await start(self.client, self.owner, account_id=account, amount=amount)
        await self._told(by)

    async def bill(self, by: Random) -> None:
        listed = await self.client.get("/v1/invoices", headers=self.owner.headers)
        ids = [each["id"] for each in listed.json()["items"] if each["outstanding"] != "0.00"]
        if ids:
            await start(self.client, self.owner, invoice_ids=[by.choice(ids)])
            await self._told(by)

    async def back(self, by: Random) -> None:
        paid = [each for each in self.monobank.invoices.values() if each["status"] == "success"]
        if paid:
            charge = by.choice(paid)
            left = by.choice([0, charge["finalAmount"] // 2])
            moved = self.monobank.move(
                charge["invoiceId"], "success" if left else "reversed", finalAmount=left
            )
            await notify(self.client, self.monobank, moved)

    async def bank(self, by: Random) -> None:
        amount = f"{by.randrange(1, 400)}.{by.randrange(100):02}"
        told = payment(
            purpose=f"<Ustrd>о/р {self.company.account.account_number}</Ustrd>",
            tax_id=self.company.organization.tax_id,
        )
        file = self.folder / f"{self.step}.xml"
        line = entry(amount, told, bank_ref=f"R{self.step}")
        file.write_bytes(document(statement(line, opening="0.00", closing=amount)))
        for _ in range(2):
            await self.statements.load(file, act=act())
            await self.statements.match()

    async def unassign(self, by: Random) -> None:
        lines = await self.statements.newest(only_unmatched=False)
        matched = [line for line in lines if line.payment_id]
        if matched:
            await self.statements.unassign(by.choice(matched).id, act=act())

    async def _told(self, by: Random) -> None:
        for number, charge in list(self.monobank.invoices.items()):
            if charge["status"] == "created":
                moved = self.monobank.pay(number)
                for _ in range(by.randrange(1, 4)):
                    await notify(self.client, self.monobank, moved)

    async def require_order(self) -> None:
        async with self.database.begin() as session:
            books = list(await session.scalars(select(LedgerAccount)))
            entries = await session.scalar(select(func.sum(LedgerEntry.amount)))
            parts = list(await session.scalars(select(InvoicePart)))
            settled = list(await session.scalars(select(InvoiceAllocation)))
            payments = list(await session.scalars(select(Payment)))
        came = total(-each.balance for each in books if each.kind in {"bank", "clearing"})
        waits = total(each.balance for each in books if each.kind == "unidentified")
        received = total(each.received for each in payments)

        assert total(each.balance for each in books) == Money(0)
        assert not entries
        assert -came == received - waits
        assert all(Money(0) <= part.paid <= part.total for part in parts)
        assert total(part.paid for part in parts) == total(each.amount for each in settled)
        owed = total(each.balance for each in books if each.kind.startswith("receivable"))
        assert owed == total(part.total - part.paid for part in parts)


@pytest.mark.parametrize("seed", range(4))
async def test_every_kopiyka_stands_somewhere_exactly_once(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
    tmp_path: Path,
    seed: int,
) -> None:
    statements = StatementService(database=database, clock=clock)
    walk = Walk(client, database, owner, company, monobank, statements, tmp_path)
    by = Random(seed)  # noqa: S311 - a walk that can be repeated

    await walk.take("issue", by)
    for _ in range(STEPS):
        await walk.take(by.choice(CHOICES), by)
        await walk.require_order()
