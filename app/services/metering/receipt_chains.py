from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.database import Database
from app.models.metering.receipt_chain import FIRST_PREVIOUS, ChainedReceipt, Fault
from app.repositories.metering.receipt_chains import CompanyChain, ReceiptChainRepository

COMPANIES_AT_ONCE: Final = 200
RECEIPTS_AT_ONCE: Final = 1_000
"""Receipts looked at in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedChain:
    """A company's chain, and the first receipt that is broken, if any."""

    tax_id: str
    receipts: int
    """How many were found good."""
    hash: str | None
    """Of the last good one: kept elsewhere, it tells later whether any of these was changed."""
    fault: Fault | None = None
    receipt_id: UUID | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptChainService:
    """Looks whether receipts, or the readings that they stand for, have been rewritten."""

    database: Database

    async def verify(self, *, tax_id: str | None = None) -> AsyncIterator[VerifiedChain]:
        """Walk the chains of all companies, or of one, and yield what each is like.

        Nothing is yielded for a company that has no receipts.
        """
        after, is_whole = UUID(int=0), False
        while not is_whole:
            async with self.database.begin() as session:
                companies = await ReceiptChainRepository(session).list_companies(
                    after=after, tax_id=tax_id, limit=COMPANIES_AT_ONCE
                )
            for company in companies:
                yield await self._walk(company)
            is_whole = len(companies) < COMPANIES_AT_ONCE
            after = companies[-1].organization_id if companies else after

    async def _walk(self, company: CompanyChain) -> VerifiedChain:
        number, previous = 0, FIRST_PREVIOUS
        last: ChainedReceipt | None = None
        while receipts := await self._page(company, after=number):
            for receipt in receipts:
                fault = receipt.fault(number=number + 1, previous_hash=previous)
                if fault is not None:
                    return _broken(company, number, previous, fault, receipt)
                number, previous, last = number + 1, str(receipt.hash), receipt
        async with self.database.begin() as session:
            outside = await ReceiptChainRepository(session).outside(company.organization_id)
        if outside is not None:
            return _broken(company, number, previous, Fault.NO_PLACE, outside)
        # Receipts may have been added while we walked; the row was read before.
        if number < company.length or (number == company.length and previous != company.hash):
            return _broken(company, number, previous, Fault.END_MISSING, last)
        return VerifiedChain(tax_id=company.tax_id, receipts=number, hash=previous)

    async def _page(self, company: CompanyChain, *, after: int) -> list[ChainedReceipt]:
        async with self.database.begin() as session:
            found = await ReceiptChainRepository(session).list_chained(
                company.organization_id, after=after, limit=RECEIPTS_AT_ONCE
            )
        return list(found)


def _broken(
    company: CompanyChain,
    good: int,
    previous_hash: str,
    fault: Fault,
    receipt: ChainedReceipt | None,
) -> VerifiedChain:
    return VerifiedChain(
        tax_id=company.tax_id,
        receipts=good,
        hash=previous_hash if good else None,
        fault=fault,
        receipt_id=receipt.id if receipt else None,
        number=receipt.number if receipt else None,
    )
