from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.clock import kyiv_date
from app.errors import NotFound
from app.models.billing.shown import MOST_POSTINGS, Days, Statement, StatementTooLong
from app.models.money import total
from app.models.payments.papers import (
    MOST_ROWS,
    Customer,
    InvoicePaper,
    PrintedPaper,
    ReconciliationAct,
)
from app.models.payments.settings import PaymentSettings
from app.models.payments.slip import Recipient, debt_of, slip_of_debt
from app.repositories.billing.balance_views import BalanceView
from app.repositories.billing.invoice_views import InvoiceView
from app.repositories.payments.papers import PaperRepository
from app.repositories.payments.payable import PayableRepository
from app.services.context import Context
from app.services.payments.press import PaperPress


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """A statement, and whose account it is about."""

    customer: Customer
    statement: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperService:
    """Gives invoices and statements to keep: as PDF/A, or as rows for a table."""

    context: Context
    press: PaperPress

    async def invoice(self, credentials: Credentials, invoice_id: UUID) -> PrintedPaper:
        """Return an invoice as PDF/A, with the payment code of what is still owed.

        An invoice that is paid to the same extent gives the same bytes.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises NotFound: there is none that the caller may see.
        :raises RecipientUnknown:
        :raises PaperUnavailable:
        """
        paper = await self._invoice(credentials, invoice_id)
        content = await self.press.print(paper)
        return PrintedPaper(f"invoice-{paper.detail.invoice.number}.pdf", content)

    async def act(
        self, credentials: Credentials, account_id: UUID, *, first: date | None, last: date | None
    ) -> PrintedPaper:
        """Return a reconciliation act as PDF/A.

        :raises StatementTooLong: more rows than one act holds.
        :raises RecipientUnknown:
        :raises PaperUnavailable:
        :raises StatementRangeInvalid, NotFound, LinkScopeMissing: see `statement`.
        """
        found = await self.statement(
            credentials, account_id, first=first, last=last, most=MOST_ROWS
        )
        act = ReconciliationAct(
            operator=self._operator(), customer=found.customer, statement=found.statement
        )
        days = found.statement.days
        name = f"statement-{found.customer.account_number}-{days.first}-{days.last}.pdf"
        return PrintedPaper(name, await self.press.print(act))

    async def statement(
        self,
        credentials: Credentials,
        account_id: UUID,
        *,
        first: date | None,
        last: date | None,
        most: int = MOST_POSTINGS,
    ) -> AccountStatement:
        """Return what moved an account's balance between two days, and whose account it is.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises StatementRangeInvalid: see `Days.of`.
        :raises StatementTooLong: the days have more postings than `most`.
        :raises NotFound: the account is not in the caller's cabinet.
        :raises LinkScopeMissing: its company does not let the caller's see its bills.
        """
        now = self.context.clock.now()
        days = Days.of(first, last, today=kyiv_date(now))
        async with self.context.database.connect() as connection:
            caller, reach, statement = await BalanceView(connection).statement(
                account_id, days, most=most + 1, credentials=credentials, now=now
            )
        permitted(caller, Permission.VIEW_BILLS)
        if reach is None or statement is None:
            raise NotFound
        reach.require(Permission.VIEW_BILLS)
        if len(statement.rows) > most:
            raise StatementTooLong(most=most)
        async with self.context.database.begin() as transaction:
            to = await PayableRepository(transaction).account(credentials, account_id, now=now)
            if to is None:
                raise NotFound
            customer = await PaperRepository(transaction).customer(to.key)
        return AccountStatement(customer, statement)

    async def _invoice(self, credentials: Credentials, invoice_id: UUID) -> InvoicePaper:
        now = self.context.clock.now()
        async with self.context.database.connect() as connection:
            caller, detail = await InvoiceView(connection).get(
                invoice_id, credentials=credentials, now=now
            )
        permitted(caller, Permission.VIEW_BILLS)
        if detail is None:
            raise NotFound
        operator = self._operator()
        async with self.context.database.begin() as transaction:
            payables = PayableRepository(transaction)
            found = await payables.invoices(credentials, [invoice_id], now=now)
            invoice = found and await payables.invoice(found[0].organization_id, invoice_id)
            if not invoice:
                raise NotFound
            parts = await payables.open_parts(found[0])
            corrected = invoice.corrects_id and await payables.invoice(
                invoice.organization_id, invoice.corrects_id
            )
        due = [each for each in parts if not each.is_disputed]
        return InvoicePaper(
            operator=operator,
            customer=Customer.of(invoice.customer),
            detail=detail,
            corrects=corrected.number if corrected else None,
            outstanding=total(each.outstanding for each in parts),
            disputed=total(each.outstanding for each in parts if each.is_disputed),
            slip=slip_of_debt(debt_of(invoice, found[0].account_number, due), operator)
            if due
            else None,
        )

    def _operator(self) -> Recipient:
        return Recipient.of(self.context.settings.of(PaymentSettings))
