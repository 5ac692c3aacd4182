"""Loading the schedules of payment, and the plans that customers have declared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.adapters.register_export.problems import ExportRefused, Problem, Problems
from app.adapters.schedule_export import INSTALMENTS, PLAN, ScheduleExport
from app.clock import Clock
from app.database import Database
from app.identifiers import AccountNumbers
from app.models.billing.actions import BillingAction
from app.models.billing.planned_schedule import AccountSchedule, same
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.billing.imports import ImportRepository
from app.repositories.billing.instalments import InstalmentRepository
from app.repositories.billing.invoices import InvoiceRepository, Key

AT_ONCE: Final = 1000
"""Accounts that are compared with the database in one question."""


@dataclass(frozen=True, slots=True)
class LoadedSchedules:
    """Of how many accounts something is new, and of how many nothing is."""

    changed: int
    same: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleImportService:
    database: Database
    clock: Clock
    account_numbers: AccountNumbers

    async def load(self, directory: Path, *, act: OperatorAct) -> LoadedSchedules:
        """Keep what the files say of each account that they name: all of them, or none.

        An account's schedule is replaced as a whole; what is issued stays. Everything is checked
        before the first account is changed, and each is changed in a transaction of its own: a
        load that was killed is finished by the next one.

        :raises ExportMissing: there is no such directory, or no file is in it.
        :raises ExportRefused: with every row that is wrong, by file and line.
        """
        problems = Problems()
        schedules = ScheduleExport(directory, self.account_numbers).read(problems)
        keys: dict[str, Key] = {}
        for start in range(0, len(schedules), AT_ONCE):
            keys |= await self._check(schedules[start : start + AT_ONCE], problems)
        if len(problems):
            raise ExportRefused(problems)
        changed = [await self._keep(keys[each.account_number], each, act) for each in schedules]
        return LoadedSchedules(changed=sum(changed), same=len(changed) - sum(changed))

    async def _check(
        self, schedules: Sequence[AccountSchedule], problems: Problems
    ) -> Mapping[str, Key]:
        async with self.database.begin() as transaction:
            numbers = [each.account_number for each in schedules]
            keys = await ImportRepository(transaction).accounts(numbers)
            eics = await InstalmentRepository(transaction).eics(list(keys.values()))
        for each in schedules:
            for line, column, reason in each.faults():
                problems.add(Problem(INSTALMENTS, line, column, reason, each.account_number))
            for problem in _against(each, keys.get(each.account_number), eics):
                problems.add(problem)
        return keys

    async def _keep(self, key: Key, schedule: AccountSchedule, act: OperatorAct) -> bool:
        """Keep what is said of an account, and tell whether it is new."""
        now = self.clock.now()
        async with self.database.begin() as transaction:
            instalments = InstalmentRepository(transaction)
            terms = (await InvoiceRepository(transaction).lock_accounts([key]))[key]
            after = schedule.instalments(*key)
            before = (await instalments.of([key])).get(key, [])
            is_new = schedule.form is not None and not (
                terms.form == schedule.form and same(before, after)
            )
            known = await instalments.planned_energy(key)
            fresh = {place: kwh for place, kwh in schedule.kwh.items() if known.get(place) != kwh}
            if not (is_new or fresh):
                return False
            if is_new and schedule.form is not None:
                terms.form = schedule.form.value
                await instalments.replace(key, after)
            if fresh:
                await instalments.declare(key, fresh)
            await AuditWriter.of_operator(transaction, act, key[0], now).record(
                BillingAction.PAYMENT_TERMS_CHANGED,
                subject_id=key[1],
                form=terms.form,
                instalments=len(after) if is_new else len(before),
                months_planned=len(fresh),
            )
        return True


def _against(
    schedule: AccountSchedule, key: Key | None, eics: set[tuple[Key, str]]
) -> Iterator[Problem]:
    """Yield what the register has against an account's rows."""
    number = schedule.account_number
    if key is None:
        for each in schedule.rows:
            yield Problem(INSTALMENTS, each.row, "account_number", "unknown", number)
        for line, _ in schedule.plan.values():
            yield Problem(PLAN, line, "account_number", "unknown", number)
        return
    for (_, eic), (line, _) in schedule.plan.items():
        if (key, eic) not in eics:
            yield Problem(PLAN, line, "eic", "not_of_account", eic)
