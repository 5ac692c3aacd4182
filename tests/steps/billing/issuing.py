"""Invoices as a test needs them, issued by the one writer that the product has."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import Database
from app.models.billing.books import ChargeClass
from app.models.billing.draft import Draft, DraftLine
from app.models.billing.invoice import Invoice, InvoiceKind, InvoicePart
from app.models.money import Money, total
from app.models.period import Period
from app.repositories.billing.invoices import InvoiceRepository, Key
from app.repositories.billing.issuing import InvoiceIssuer
from tests.factories.registry import Company
from tests.fakes.clock import NOON


def key_of(company: Company) -> Key:
    return company.organization.id, company.account.id


def draft(
    net: str,
    *,
    issue_key: str = "final:2026-10",
    charge: ChargeClass = ChargeClass.DISTRIBUTION,
    kind: InvoiceKind = InvoiceKind.FINAL,
    **more: Any,
) -> Draft:
    line = DraftLine.priced(
        charge.value, charge, Decimal(1), "kWh", Decimal(net), eic="62Z0000000000001"
    )
    period = Period(2026, 10)
    return Draft(issue_key=issue_key, kind=kind, lines=[line], period=period, **more)


async def issue(
    database: Database,
    company: Company,
    drafted: Draft,
    *,
    issued_on: date = date(2026, 11, 5),
    due_on: date = date(2026, 11, 12),
) -> Invoice:
    async with database.begin() as session:
        await InvoiceRepository(session).lock_accounts([key_of(company)])
        return await InvoiceIssuer(session, NOON).issue(
            key_of(company), drafted, series="2026-10", issued_on=issued_on, due_on=due_on
        )


async def paid_of(database: Database, invoice_id: UUID) -> tuple[Money, Money]:
    """Return what is settled of an invoice, and what it comes to."""
    async with database.begin() as session:
        parts = list(
            await session.scalars(select(InvoicePart).where(InvoicePart.invoice_id == invoice_id))
        )
    return total(each.paid for each in parts), total(each.total for each in parts)
