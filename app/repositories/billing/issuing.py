"""Issues invoices: the document, its number, its side of the ledger, and what advances pay of it.

For every use case that bills something, in the transaction in which it decides to. It has locked
the account (`InvoiceRepository.lock_accounts`) before it looked at what is to be billed.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.base import new_id
from app.models.billing.allocation import Allocation, OpenPart, allocate
from app.models.billing.books import Book
from app.models.billing.draft import Draft
from app.models.billing.invoice import Invoice, InvoiceLine, InvoicePart, invoice_number
from app.models.billing.posting import Document, DocumentType, Posting, PostingKind
from app.models.money import ZERO, Money, total
from app.repositories.base import Repository
from app.repositories.billing.invoices import InvoiceRepository, Key
from app.repositories.billing.ledger import Ledger

_CUSTOMER: Final = text("""
SELECT o.name, o.tax_id, a.account_number, a.address, a.contract_number, a.contract_date
  FROM accounts a JOIN organizations o ON o.id = a.organization_id
 WHERE a.organization_id = :organization_id AND a.id = :account_id
""").bindparams(bindparam("organization_id", type_=Uuid), bindparam("account_id", type_=Uuid))


class InvoiceIssuer(Repository):
    def __init__(self, session: AsyncSession, now: datetime) -> None:
        super().__init__(session)
        self._now = now
        self._invoices = InvoiceRepository(session)
        self._ledger = Ledger(session)

    async def issue(
        self,
        key: Key,
        draft: Draft,
        *,
        series: str,
        issued_on: date,
        due_on: date,
        number: str | None = None,
    ) -> Invoice:
        """Issue what a draft says, and let the account's advances pay of it what they can.

        :param number: that of another billing; else the next one of the series.
        """
        number = number or invoice_number(series, await self._invoices.next_place(series))
        invoice = Invoice(
            organization_id=key[0],
            id=new_id(),
            account_id=key[1],
            number=number,
            issue_key=draft.issue_key,
            kind=draft.kind.value,
            period=draft.period.starts_on if draft.period else None,
            issued_on=issued_on,
            due_on=due_on,
            net=draft.net,
            vat_rate=draft.vat_rate,
            vat=draft.vat,
            total=draft.total,
            corrects_id=draft.corrects_id,
            recorded_at=self._now,
            customer=await self._customer(key),
        )
        await self._invoices.add(invoice, _lines(invoice, draft), _parts(invoice, draft))
        await self._post(key, invoice, draft)
        return invoice

    async def _post(self, key: Key, invoice: Invoice, draft: Draft) -> None:
        document = Document(DocumentType.INVOICE, invoice.id, invoice.number)
        posting = draft.posting(*key, document=document, issued_on=invoice.issued_on)
        if posting is None:
            return
        owed = [each for each in await self._invoices.open_parts([key]) if not each.is_planned]
        advances = Book.advances(*key)
        held = await self._ledger.hold({*posting.amounts, *(part.book for part in owed), advances})
        await self._ledger.post(posting, now=self._now)
        credit = await self._credit(key, invoice, draft, document)
        free = -held[advances] + credit - await self._invoices.earmarked(key)
        # What was free before has paid older debts already; what is free now is for this one.
        first = [invoice.corrects_id or invoice.id]
        await self._pay(
            allocate(free, owed, named=first).allocations if free > ZERO else [],
            advances,
            invoice,
            document,
        )

    async def _credit(self, key: Key, invoice: Invoice, draft: Draft, document: Document) -> Money:
        """Turn what a correction gives back into an advance; its own parts are settled by that."""
        given = {charge: amount for charge, amount in draft.parts.items() if amount < ZERO}
        if not given:
            return ZERO
        advances = Book.advances(*key)
        moves = [(Book.receivable(charge, *key), -amount) for charge, amount in given.items()]
        given_back = [(advances, amount) for amount in given.values()]
        closing = Posting.of(
            "credit",
            str(invoice.id),
            PostingKind.ADJUSTMENT,
            invoice.issued_on,
            *moves,
            *given_back,
            document=document,
        )
        await self._ledger.post(closing, now=self._now)
        parts = [
            OpenPart(
                organization_id=key[0],
                account_id=key[1],
                invoice_id=invoice.id,
                number=invoice.number,
                charge=charge,
                due_on=invoice.due_on,
                outstanding=amount,
            )
            for charge, amount in given.items()
        ]
        settled = [Allocation(part, part.outstanding) for part in parts]
        await self._invoices.mark_paid(settled, transaction_id=closing.id)
        return -total(given.values())

    async def _pay(
        self,
        allocations: Sequence[Allocation],
        advances: Book,
        invoice: Invoice,
        document: Document,
    ) -> None:
        if not allocations:
            return
        paying = Posting.of(
            "advance",
            str(invoice.id),
            PostingKind.ADJUSTMENT,
            invoice.issued_on,
            *((each.part.book, -each.amount) for each in allocations),
            *((advances, each.amount) for each in allocations),
            document=document,
        )
        await self._ledger.post(paying, now=self._now)
        await self._invoices.mark_paid(allocations, transaction_id=paying.id)

    async def _customer(self, key: Key) -> dict[str, Any]:
        values = {"organization_id": key[0], "account_id": key[1]}
        row = (await self._session.execute(_CUSTOMER, values)).one()
        contract_date = row.contract_date.isoformat() if row.contract_date else None
        return {**row._asdict(), "contract_date": contract_date}


def _lines(invoice: Invoice, draft: Draft) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            organization_id=invoice.organization_id,
            invoice_id=invoice.id,
            position=position,
            code=line.code,
            charge=line.charge.value,
            description=line.description,
            eic=line.eic,
            quantity=line.quantity,
            unit=line.unit,
            price=line.price,
            net=line.net,
            vat=vat,
            total=line.net + vat,
            basis=dict(line.basis),
        )
        for position, (line, vat) in enumerate(
            zip(draft.lines, draft.line_vats, strict=True), start=1
        )
    ]


def _parts(invoice: Invoice, draft: Draft) -> list[InvoicePart]:
    return [
        InvoicePart(
            organization_id=invoice.organization_id,
            invoice_id=invoice.id,
            charge=charge.value,
            total=amount,
            paid=ZERO,
        )
        for charge, amount in draft.parts.items()
    ]
