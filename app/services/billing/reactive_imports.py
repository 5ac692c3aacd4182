"""Loading what reactive energy is charged by: equivalents, prices and the table of surcharges."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.adapters.reactive_export import (
    EQUIVALENTS,
    EquivalentRow,
    ReactiveExport,
    ReactiveInputsRead,
)
from app.adapters.register_export.problems import ExportRefused, Problem, Problems
from app.clock import Clock
from app.database import Database
from app.identifiers import AccountNumbers
from app.models.billing.actions import BillingAction, BillingDeed
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.billing.imports import ImportRepository
from app.repositories.billing.instalments import InstalmentRepository
from app.repositories.billing.invoices import Key
from app.repositories.billing.reactive_inputs import ReactiveInputRepository
from app.repositories.operator_acts import ActWriter

AT_ONCE: Final = 1000
"""Rows that are compared with the register in one question."""


@dataclass(frozen=True, slots=True)
class LoadedReactive:
    """How many rows are new or differ from what was there."""

    equivalents: int
    prices: int
    surcharges: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactiveImportService:
    database: Database
    clock: Clock
    account_numbers: AccountNumbers

    async def load(self, directory: Path, *, act: OperatorAct) -> LoadedReactive:
        """Keep what the files say, in one transaction: all of it, or nothing.

        Months that are billed already are corrected by the next bill run.

        :raises ExportMissing: there is no such directory, or no file is in it.
        :raises ExportRefused: with every row that is wrong, by file and line.
        """
        problems = Problems()
        read = ReactiveExport(directory, self.account_numbers).read(problems)
        keys = await self._check(read.equivalents, problems)
        if len(problems):
            raise ExportRefused(problems)
        return await self._keep(read, keys, act)

    async def _check(self, rows: Sequence[EquivalentRow], problems: Problems) -> dict[str, Key]:
        keys: dict[str, Key] = {}
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            async with self.database.begin() as transaction:
                numbers = list({each.account_number for each in some})
                keys |= await ImportRepository(transaction).accounts(numbers)
                of_some = [keys[number] for number in numbers if number in keys]
                eics = await InstalmentRepository(transaction).eics(of_some)
            for each in some:
                for problem in _against(each, keys.get(each.account_number), eics):
                    problems.add(problem)
        return keys

    async def _keep(
        self, read: ReactiveInputsRead, keys: dict[str, Key], act: OperatorAct
    ) -> LoadedReactive:
        now = self.clock.now()
        companies = {account_id: organization_id for organization_id, account_id in keys.values()}
        async with self.database.begin() as transaction:
            inputs = ReactiveInputRepository(transaction)
            changed = await inputs.keep_equivalents(
                [_equivalent(each, keys[each.account_number]) for each in read.equivalents]
            )
            loaded = LoadedReactive(
                equivalents=len(changed),
                prices=await inputs.keep_prices(_prices(read)),
                surcharges=await inputs.keep_surcharges(_surcharges(read)),
            )
            for account_id in sorted(set(changed)):
                trail = AuditWriter.of_operator(transaction, act, companies[account_id], now)
                await trail.record(
                    BillingAction.PAYMENT_TERMS_CHANGED,
                    subject_id=account_id,
                    reactive_equivalents=changed.count(account_id),
                )
            if loaded.prices or loaded.surcharges:
                ActWriter(transaction, act, now).record(
                    BillingDeed.REACTIVE_RATES_LOADED,
                    prices=loaded.prices,
                    surcharges=loaded.surcharges,
                )
        return loaded


def _against(row: EquivalentRow, key: Key | None, eics: set[tuple[Key, str]]) -> Iterator[Problem]:
    if key is None:
        yield Problem(EQUIVALENTS, row.row, "account_number", "unknown", row.account_number)
    elif (key, row.eic) not in eics:
        yield Problem(EQUIVALENTS, row.row, "eic", "not_of_account", row.eic)


def _equivalent(row: EquivalentRow, key: Key) -> dict[str, Any]:
    return {
        "organization_id": key[0],
        "account_id": key[1],
        "eic": row.eic,
        "valid_from": row.valid_from,
        "equivalent": row.equivalent,
        "act": row.act,
    }


def _prices(read: ReactiveInputsRead) -> list[dict[str, Any]]:
    return [
        {"period": period.starts_on, "uah_per_kwh": price, "act": act}
        for period, (price, act) in sorted(read.prices.items())
    ]


def _surcharges(read: ReactiveInputsRead) -> list[dict[str, Any]]:
    return [
        {"valid_from": valid_from, "from_tg_phi": tg_phi, "factor": factor, "act": act}
        for (valid_from, tg_phi), (factor, act) in sorted(read.surcharges.items())
    ]
