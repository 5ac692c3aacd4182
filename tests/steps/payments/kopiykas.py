"""A company whose money moves in every way, with a process that may be killed at any commit."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.billing.books import Book, ChargeClass
from app.models.billing.draft import Draft
from app.models.billing.invoice import Invoice, InvoiceAllocation, InvoicePart
from app.models.billing.ledger import LedgerAccount
from app.models.money import ZERO, Money, total
from app.models.payments.payment import Payment
from app.models.payments.payout import PAYOUT
from app.models.payments.return_urls import ReturnUrls
from app.models.payments.statement import StatementLine
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.billing.issuing import InvoiceIssuer
from app.security.secrets import SecretKey
from app.services.billing.advances import AdvanceService
from app.services.billing.balances import BalanceService
from app.services.billing.disputes import DisputeService
from app.services.billing.penalties import PenaltyService
from app.services.context import Context
from app.services.payments.charges import ChargeService
from app.services.payments.gateway import Gateway
from app.services.payments.instructed import InstructedService
from app.services.payments.instructions import InstructionService
from app.services.payments.payments import PaymentService
from app.services.payments.payouts import PayoutService
from app.services.payments.statements import StatementService
from app.services.ports import Ports
from tests.adapters.bank_statements.camt_files import document, entry, payment, statement
from tests.databases import SavepointDatabase
from tests.factories.people import SignedIn, act
from tests.factories.registry import Company
from tests.fakes.acquirer import FakeAcquirer
from tests.fakes.clock import FrozenClock
from tests.fakes.limits import wide_limits
from tests.steps.billing.issuing import key_of
from tests.steps.payments.soundness import ACQUIRER, require_entries, require_payments

SECRET: Final = SecretKey("a secret key for the machine, 32 bytes")
LARGEST: Final = Money(10_000_000)
FOREIGN: Final = "99887766"


@dataclass
class Snapshot:
    """All that may not change when a step is repeated."""

    balances: dict[UUID, Money]
    paid: dict[tuple[UUID, str], Money]
    received: dict[UUID, Money]


@dataclass
class World:
    folder: Path
    database: SavepointDatabase
    clock: FrozenClock
    company: Company
    owner: SignedIn
    acquirer: FakeAcquirer = field(default_factory=FakeAcquirer)
    files: list[Path] = field(default_factory=list)
    loaded: Money = ZERO
    """What the bank has told in files that are loaded."""

    def __post_init__(self) -> None:
        gateway = Gateway(name=ACQUIRER, acquirer=self.acquirer, notification_url="http://x")
        context = Context.of(
            database=self.database,
            clock=self.clock,
            secret_key=SECRET,
            limits=wide_limits(),
            ports=Ports((gateway,)),
        )
        self.payments = PaymentService(
            context=context, gateway=gateway, return_urls=ReturnUrls.of(()), largest=LARGEST
        )
        self.charges = ChargeService(context=context, gateway=gateway)
        self.working = InstructedService(context=context, gateway=gateway)
        self.advances = AdvanceService(context=context)
        self.balances = BalanceService(context=context)
        database, clock = self.database, self.clock
        self.operator = InstructionService(database=database, clock=clock)
        self.statements = StatementService(database=database, clock=clock)
        self.payouts = PayoutService(database=database, clock=clock)
        self.disputes = DisputeService(database=database, clock=clock)
        self.penalties = PenaltyService(database=database, clock=clock)

    async def issue(self, drafted: Draft) -> UUID:
        async with self.database.begin() as session:
            key = key_of(self.company)
            invoices = InvoiceRepository(session)
            await invoices.lock_accounts([key])
            stands = await invoices.issued(key, [drafted.issue_key])
            if stands:
                return stands[drafted.issue_key].id
            issuer = InvoiceIssuer(session, self.clock.now())
            day = date(2026, 11, 5)
            invoice = await issuer.issue(
                key, drafted, series="2026-11", issued_on=day, due_on=day + timedelta(days=7)
            )
            return invoice.id

    async def write_statement(self, kopiykas: list[int], *, named: str, is_own: bool) -> None:
        """Let the bank make a file with so many lines, each naming the same."""
        tax_id = self.company.organization.tax_id if is_own else FOREIGN
        told = payment(None, purpose=f"<Ustrd>{named}</Ustrd>", tax_id=tax_id)
        place = len(self.files)
        entries = [
            entry(str(Money(each)), told, bank_ref=f"R{place}-{number}")
            for number, each in enumerate(kopiykas)
        ]
        closing = str(Money(sum(kopiykas)))
        file = self.folder / f"{place}.xml"
        content = document(statement(*entries, opening="0.00", closing=closing))
        await asyncio.to_thread(file.write_bytes, content)
        self.files.append(file)
        self.loaded += Money(sum(kopiykas))

    async def load(self, file: Path) -> None:
        await self.statements.load(file, act=act())
        while await self.statements.match():
            pass

    async def recover(self) -> None:
        """Let a new process do all that the one before may have left."""
        self.database.commits_left, self.acquirer.loses_answer = None, False
        for file in self.files:
            await self.load(file)
        for number in sorted(self.acquirer.charges):
            # An acquirer repeats what nobody has answered.
            await self.charges.notified(ACQUIRER, {}, number.encode())
        for _ in range(3):
            self.clock.advance(timedelta(minutes=61))
            while await self.charges.poll():
                pass
            while await self.working.instruct():
                pass
        await self.advances.even_out()

    async def snapshot(self) -> Snapshot:
        async with self.database.begin() as session:
            books = await session.execute(select(LedgerAccount.id, LedgerAccount.balance))
            parts = await session.execute(
                select(InvoicePart.invoice_id, InvoicePart.charge, InvoicePart.paid)
            )
            payments = await session.execute(select(Payment.id, Payment.received))
            return Snapshot(
                balances={row.id: row.balance for row in books},
                paid={(row.invoice_id, row.charge): row.paid for row in parts},
                received={row.id: row.received for row in payments},
            )

    async def balance(self, book: Book) -> Money:
        async with self.database.begin() as session:
            found = await session.get(LedgerAccount, book.id, populate_existing=True)
            return found.balance if found else ZERO

    async def require_sound(self) -> None:
        """Whatever has happened, and wherever it was cut off: nothing is lost or doubled."""
        async with self.database.begin() as session:
            await require_entries(session)
            await self._require_parts(session)
            await require_payments(session)
        await self._require_statement()

    async def _require_parts(self, session: AsyncSession) -> None:
        """What of each invoice is paid is what was settled; what is open is what is owed."""
        settled = await session.execute(
            select(
                InvoiceAllocation.invoice_id,
                InvoiceAllocation.charge,
                func.sum(InvoiceAllocation.amount).label("amount"),
            ).group_by(InvoiceAllocation.invoice_id, InvoiceAllocation.charge)
        )
        sums = {(row.invoice_id, row.charge): int(row.amount.kopiykas) for row in settled}
        parts = await session.execute(
            select(InvoicePart.invoice_id, InvoicePart.charge, InvoicePart.paid)
        )
        for part in parts:
            assert part.paid.kopiykas == sums.get((part.invoice_id, part.charge), 0)
        key = key_of(self.company)
        still = await InvoiceRepository(session).open_parts([key])
        owed: dict[UUID, Money] = {}
        for each in (part for part in still if not part.is_planned):
            owed[each.book.id] = owed.get(each.book.id, ZERO) + each.outstanding
        for charge in ChargeClass:
            book = Book.receivable(charge, *key)
            found = await session.get(LedgerAccount, book.id, populate_existing=True)
            assert (found.balance if found else ZERO) == owed.get(book.id, ZERO), charge

    async def _require_statement(self) -> None:
        """The customer's balance is the sum of its rows in the statement."""
        credentials, account = self.owner.credentials, self.company.account.id
        shown = await self.balances.of_account(credentials, account)
        statement_ = await self.balances.statement(
            credentials, account, first=date(2026, 10, 1), last=date(2026, 12, 31)
        )
        advances = await self.balance(Book.advances(*key_of(self.company)))
        owed = ZERO
        for charge in ChargeClass:
            owed += await self.balance(Book.receivable(charge, *key_of(self.company)))
        assert statement_.closing == owed + advances
        assert shown.prepaid == -advances >= await self.earmarked()

    async def earmarked(self) -> Money:
        """Return what was paid for instalments whose month has no final invoice yet."""
        async with self.database.begin() as session:
            return await InvoiceRepository(session).earmarked(key_of(self.company))

    async def paid_out(self) -> Money:
        """Return what the acquirer has paid out and kept, as far as staff have said so."""
        async with self.database.begin() as session:
            lines = await session.scalars(select(StatementLine).where(StatementLine.rule == PAYOUT))
            return total(each.amount + Money.parse(each.candidates["fee"]) for each in lines)

    async def penalties_of(self, number: str) -> list[UUID]:
        """Return the invoices that charge for paying another late, oldest first."""
        async with self.database.begin() as session:
            late = select(Invoice.id).where(Invoice.number == number).scalar_subquery()
            charging = select(Invoice.id).where(
                Invoice.issue_key.startswith(func.concat("penalty:", late))
            )
            return list(await session.scalars(charging.order_by(Invoice.number)))

    async def paid(self, invoice_id: UUID) -> Money:
        async with self.database.begin() as session:
            paid = select(InvoicePart.paid).where(InvoicePart.invoice_id == invoice_id)
            return total(await session.scalars(paid))

    async def require_advances_used(self) -> None:
        """Nobody owes anything while an advance is free to pay it."""
        key = key_of(self.company)
        async with self.database.begin() as session:
            parts = await InvoiceRepository(session).open_parts([key])
        owed = [each for each in parts if not (each.is_planned or each.is_disputed)]
        free = -(await self.balance(Book.advances(*key))) - await self.earmarked()
        assert free == ZERO or not owed
