from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from app.adapters.penalty_export import PenaltyExport
from app.adapters.register_export.problems import ExportRefused, Problems
from app.clock import Clock, kyiv_date
from app.database import Database
from app.models.billing.actions import BillingAction, BillingDeed
from app.models.billing.bill_run import MOST_SHOWN
from app.models.billing.invoice import Invoice, InvoiceNotFound
from app.models.billing.payment_terms import ONE_DAY, due_on
from app.models.billing.penalty import (
    LateCharge,
    NothingToCharge,
    PenaltyDayInvalid,
    late_charge,
)
from app.models.money import ZERO, Money
from app.models.period import Period
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.billing.issuing import InvoiceIssuer
from app.repositories.billing.late_invoices import BEFORE_ALL, LateInvoiceRepository
from app.repositories.billing.penalty_rates import PenaltyRateRepository
from app.repositories.operator_acts import ActWriter

AT_ONCE: Final = 500
"""Invoices that are looked at in one question."""
MOST_PIECES: Final = 20_000
"""Ten million late invoices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRates:
    """How many rows are new or differ from what was there."""

    rates: int
    moratoria: int


@dataclass(slots=True)
class Proposals:
    """What might be charged for paying late; nothing is until somebody confirms it."""

    invoices: int = 0
    total: Money = ZERO
    shown: list[LateCharge] = field(default_factory=list)
    """The first of them."""

    def add(self, charge: LateCharge) -> None:
        self.invoices += 1
        self.total += charge.total
        if len(self.shown) < MOST_SHOWN:
            self.shown.append(charge)


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyService:
    """Counts what paying late comes to. A person decides whether it is charged."""

    database: Database
    clock: Clock

    async def load_rates(self, directory: Path, *, act: OperatorAct) -> LoadedRates:
        """Keep discount rates and moratoria of an operator's files.

        :raises ExportMissing: there is no such directory, or no file is in it.
        :raises ExportRefused: with every row that is wrong, by file and line.
        """
        problems = Problems()
        rates, moratoria = PenaltyExport(directory).read(problems)
        if len(problems):
            raise ExportRefused(problems)
        async with self.database.begin() as transaction:
            kept = PenaltyRateRepository(transaction)
            loaded = LoadedRates(
                rates=await kept.keep_rates(rates),
                moratoria=await kept.keep_moratoria(moratoria),
            )
            if loaded.rates or loaded.moratoria:
                ActWriter(transaction, act, self.clock.now()).record(
                    BillingDeed.PENALTY_RATES_LOADED,
                    rates=loaded.rates,
                    moratoria=loaded.moratoria,
                )
        return loaded

    async def propose(self, until: date | None, *, account_number: str | None) -> Proposals:
        """Tell what late days up to `until` come to that are not charged yet; yesterday, unasked.

        :raises PenaltyDayInvalid: the day is not over.
        :raises DiscountRateMissing:
        """
        until = self._day(until)
        found, after = Proposals(), BEFORE_ALL
        for _ in range(MOST_PIECES):
            async with self.database.begin() as transaction:
                late = LateInvoiceRepository(transaction)
                rules = await PenaltyRateRepository(transaction).rules()
                piece = await late.late(
                    until, account_number=account_number, after=after, most=AT_ONCE
                )
            charges = (late_charge(each, rules, until) for each in piece)
            for charge in _worth(charges):
                found.add(charge)
            if len(piece) < AT_ONCE:
                break
            after = piece[-1].invoice_id
        return found

    async def confirm(self, number: str, until: date | None, *, act: OperatorAct) -> Invoice:
        """Charge what paying an invoice late comes to, by an invoice without VAT.

        The same days are never charged twice.

        :raises PenaltyDayInvalid: the day is not over.
        :raises InvoiceNotFound: no invoice has this number, or two have.
        :raises NothingToCharge, DiscountRateMissing:
        """
        until, now = self._day(until), self.clock.now()
        async with self.database.begin() as transaction:
            invoices, late = InvoiceRepository(transaction), LateInvoiceRepository(transaction)
            found = await invoices.by_number([number])
            if len(found) != 1:
                raise InvoiceNotFound
            [(key, _, _)] = found
            terms = (await invoices.lock_accounts([key]))[key]
            owing = await late.late(until, number=number, most=1)
            if not owing:
                raise NothingToCharge
            rules = await PenaltyRateRepository(transaction).rules()
            draft = late_charge(owing[0], rules, until).draft()
            today = kyiv_date(now)
            invoice = await InvoiceIssuer(transaction, now).issue(
                key,
                draft,
                series=str(Period.containing(today)),
                issued_on=today,
                due_on=due_on(today, terms.due_days),
            )
            await AuditWriter.of_operator(transaction, act, key[0], now).record(
                BillingAction.INVOICE_ISSUED,
                subject_id=invoice.id,
                number=invoice.number,
                total=str(invoice.total),
            )
        return invoice

    def _day(self, until: date | None) -> date:
        yesterday = kyiv_date(self.clock.now()) - ONE_DAY
        if until is not None and until > yesterday:
            raise PenaltyDayInvalid(latest=yesterday.isoformat())
        return until or yesterday


def _worth(charges: Iterator[LateCharge]) -> Iterator[LateCharge]:
    return (each for each in charges if each.total > ZERO)
