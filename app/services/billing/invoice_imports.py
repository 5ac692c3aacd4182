"""Loading the invoices that the operator's own billing has issued."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.adapters.bill_export import INVOICES, BillExport
from app.adapters.register_export.problems import ExportRefused, Problem, Problems
from app.clock import Clock
from app.database import Database
from app.identifiers import AccountNumbers
from app.models.billing.actions import BillingAction
from app.models.billing.imported import ImportedInvoice
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.billing.imports import ImportRepository, StandingInvoice
from app.repositories.billing.invoices import InvoiceRepository, Key
from app.repositories.billing.issuing import InvoiceIssuer

AT_ONCE: Final = 1000
"""Invoices that are compared with the database in one question."""


@dataclass(frozen=True, slots=True)
class LoadedInvoices:
    added: int
    same: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceImportService:
    database: Database
    clock: Clock
    account_numbers: AccountNumbers

    async def load(self, directory: Path, *, act: OperatorAct) -> LoadedInvoices:
        """Issue the invoices of an export under their own numbers: all of them, or none.

        Everything is checked before the first is issued. Each is issued in a transaction of its
        own: a load that was killed is finished by the next one, which finds the others there.

        :raises ExportMissing: there is no such directory, or a file is not in it.
        :raises ExportRefused: with every row that is wrong, by file and line.
        """
        problems = Problems()
        invoices = BillExport(directory, self.account_numbers).read(problems)
        fresh: list[tuple[Key, ImportedInvoice]] = []
        for some in _pieces(invoices):
            fresh += await self._check(some, problems)
        if len(problems):
            raise ExportRefused(problems)
        added = [await self._issue(key, each, act) for key, each in fresh]
        return LoadedInvoices(added=sum(added), same=len(invoices) - sum(added))

    async def _check(
        self, invoices: Sequence[ImportedInvoice], problems: Problems
    ) -> list[tuple[Key, ImportedInvoice]]:
        """Return those that are to be issued, with their accounts."""
        async with self.database.begin() as transaction:
            repository = ImportRepository(transaction)
            accounts = await repository.accounts([each.account_number for each in invoices])
            standing = await repository.standing([each.number for each in invoices])
        fresh = []
        for invoice in invoices:
            faults = [*invoice.faults(), *_against(invoice, accounts, standing)]
            for column, reason in faults:
                problems.add(Problem(INVOICES, invoice.row, column, reason, invoice.number))
            if not faults and invoice.number not in standing:
                fresh.append((accounts[invoice.account_number], invoice))
        return fresh

    async def _issue(self, key: Key, imported: ImportedInvoice, act: OperatorAct) -> bool:
        """Issue an invoice; False if somebody else has loaded it meanwhile."""
        now = self.clock.now()
        draft = imported.draft()
        async with self.database.begin() as transaction:
            invoices = InvoiceRepository(transaction)
            await invoices.lock_accounts([key])
            if await invoices.issued(key, [draft.issue_key]):
                return False
            invoice = await InvoiceIssuer(transaction, now).issue(
                key,
                draft,
                series="",
                number=imported.number,
                issued_on=imported.issued_on,
                due_on=imported.due_on,
            )
            trail = AuditWriter.of_operator(transaction, act, key[0], now)
            await trail.record(
                BillingAction.INVOICE_ISSUED,
                subject_id=invoice.id,
                number=invoice.number,
                total=str(invoice.total),
            )
        return True


def _against(
    invoice: ImportedInvoice, accounts: Mapping[str, Key], standing: Mapping[str, StandingInvoice]
) -> Iterator[tuple[str, str]]:
    """Yield what the database has against an invoice: the column and the reason."""
    key = accounts.get(invoice.account_number)
    if key is None:
        yield "account_number", "unknown"
    known = standing.get(invoice.number)
    if known is None:
        return
    if known.issue_key != invoice.issue_key:
        yield "number", "taken"
    elif (known.key, known.net, known.total) != (key, invoice.net, invoice.total):
        yield "number", "issued_otherwise"


def _pieces(invoices: Sequence[ImportedInvoice]) -> Iterator[Sequence[ImportedInvoice]]:
    for start in range(0, len(invoices), AT_ONCE):
        yield invoices[start : start + AT_ONCE]
