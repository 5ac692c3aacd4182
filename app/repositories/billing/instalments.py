"""Schedules of payment: what contracts say, what of it has been issued, and what is planned."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Date, Uuid, bindparam, delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.models.billing.instalment import Instalment, PlannedEnergy
from app.models.billing.invoice import Invoice, InvoiceKind
from app.models.billing.payment_terms import PaymentForm, PaymentTerms
from app.models.billing.planned_charges import PlannedPoint, PlanSource
from app.models.metering.metering_point import MeteringPoint
from app.models.period import MONTHS, Period
from app.repositories.base import Repository
from app.repositories.billing.invoices import Key
from app.repositories.metering.settling import BEFORE_ALL, AccountKey

BILLS_THE_MONTH: Final = (InvoiceKind.FINAL.value, InvoiceKind.IMPORTED.value)

_PLAN: Final = text("""
SELECT p.eic, p.voltage_class, declared.kwh AS declared, before.amount AS settled
  FROM metering_points p
  LEFT JOIN planned_energy declared
    ON declared.organization_id = p.organization_id AND declared.account_id = p.account_id
   AND declared.period = :period AND declared.eic = p.eic
  LEFT JOIN LATERAL (
    SELECT e.amount FROM settlements s
      JOIN settled_points e ON e.organization_id = s.organization_id AND e.settlement_id = s.id
       AND e.metering_point_id = p.id AND e.energy = 'active_import'
     WHERE s.organization_id = p.organization_id AND s.account_id = p.account_id
       AND s.period = :year_before
     ORDER BY s.version DESC LIMIT 1
  ) before ON true
 WHERE p.organization_id = :organization_id AND p.account_id = :account_id
   AND (p.valid_from IS NULL OR p.valid_from < :ends_on)
   AND (p.valid_to IS NULL OR p.valid_to > :period)
 ORDER BY p.eic
""").bindparams(
    bindparam("organization_id", type_=Uuid),
    bindparam("account_id", type_=Uuid),
    bindparam("period", type_=Date),
    bindparam("ends_on", type_=Date),
    bindparam("year_before", type_=Date),
)


class InstalmentRepository(Repository):
    async def keys(self, *, after: AccountKey = BEFORE_ALL, most: int) -> list[AccountKey]:
        """Return the next accounts that have a schedule, in the order of their keys."""
        rows = await self._session.execute(
            select(Instalment.organization_id, Instalment.account_id)
            .where(tuple_(Instalment.organization_id, Instalment.account_id) > tuple_(*after))
            .distinct()
            .order_by(Instalment.organization_id, Instalment.account_id)
            .limit(most)
        )
        return [AccountKey(*row) for row in rows]

    async def of(self, keys: Sequence[Key]) -> dict[Key, list[Instalment]]:
        """Return the schedules of accounts; those that have none are not in it."""
        found: dict[Key, list[Instalment]] = defaultdict(list)
        rows = await self._session.scalars(
            select(Instalment)
            .where(tuple_(Instalment.organization_id, Instalment.account_id).in_(keys))
            .order_by(Instalment.organization_id, Instalment.account_id, Instalment.position)
        )
        for row in rows:
            found[row.organization_id, row.account_id].append(row)
        return found

    async def forms(self, keys: Sequence[Key]) -> dict[Key, PaymentForm]:
        key = tuple_(PaymentTerms.organization_id, PaymentTerms.account_id)
        rows = await self._session.scalars(select(PaymentTerms).where(key.in_(keys)))
        return {(each.organization_id, each.account_id): PaymentForm(each.form) for each in rows}

    async def issued(self, keys: Sequence[Key], *, since: Period) -> set[str]:
        """Return the issue keys of the instalments that stand, of these months and later ones."""
        rows = await self._session.scalars(
            select(Invoice.issue_key).where(
                tuple_(Invoice.organization_id, Invoice.account_id).in_(keys),
                Invoice.kind == InvoiceKind.PLANNED.value,
                Invoice.period >= since.starts_on,
            )
        )
        return set(rows)

    async def billed(self, keys: Sequence[Key], *, since: Period) -> set[tuple[Key, Period]]:
        """Return the months whose energy is billed already: no instalment is asked for."""
        rows = await self._session.execute(
            select(Invoice.organization_id, Invoice.account_id, Invoice.period).where(
                tuple_(Invoice.organization_id, Invoice.account_id).in_(keys),
                Invoice.kind.in_(BILLS_THE_MONTH),
                Invoice.period >= since.starts_on,
            )
        )
        return {
            ((row.organization_id, row.account_id), Period.containing(row.period)) for row in rows
        }

    async def plan(self, key: Key, period: Period) -> list[PlannedPoint] | None:
        """Return what the account's points are planned to take; None while one is not known."""
        values = {
            "organization_id": key[0],
            "account_id": key[1],
            "period": period.starts_on,
            "ends_on": period.ends_on,
            "year_before": period.shifted(-MONTHS).starts_on,
        }
        points = []
        for row in await self._session.execute(_PLAN, values):
            declared, settled = row.declared, row.settled
            if declared is None and settled is None:
                return None
            point = PlannedPoint(
                eic=row.eic,
                voltage_class=row.voltage_class,
                kwh=settled if declared is None else declared,
                source=PlanSource.LAST_YEAR if declared is None else PlanSource.DECLARED,
            )
            points.append(point)
        return points

    async def eics(self, keys: Sequence[Key]) -> set[tuple[Key, str]]:
        """Return the metering points that accounts have, or have had."""
        key = tuple_(MeteringPoint.organization_id, MeteringPoint.account_id)
        rows = await self._session.scalars(select(MeteringPoint).where(key.in_(keys)))
        return {((each.organization_id, each.account_id), each.eic) for each in rows}

    async def replace(self, key: Key, instalments: Iterable[Instalment]) -> None:
        await self._session.execute(
            delete(Instalment)
            .where(Instalment.organization_id == key[0], Instalment.account_id == key[1])
            .execution_options(synchronize_session="fetch")
        )
        self._session.add_all(instalments)
        await self._session.flush()

    async def planned_energy(self, key: Key) -> dict[tuple[Period, str], int]:
        rows = await self._session.execute(
            select(PlannedEnergy.period, PlannedEnergy.eic, PlannedEnergy.kwh).where(
                PlannedEnergy.organization_id == key[0], PlannedEnergy.account_id == key[1]
            )
        )
        return {(Period.containing(row.period), row.eic): row.kwh for row in rows}

    async def declare(self, key: Key, kwh: Mapping[tuple[Period, str], int]) -> None:
        """Keep what a customer has declared; what it declared before of a month gives way."""
        rows = [
            {
                "organization_id": key[0],
                "account_id": key[1],
                "period": period.starts_on,
                "eic": eic,
                "kwh": amount,
            }
            for (period, eic), amount in kwh.items()
        ]
        declared = insert(PlannedEnergy)
        await self._session.execute(
            declared.on_conflict_do_update(
                index_elements=["organization_id", "account_id", "period", "eic"],
                set_={"kwh": declared.excluded.kwh},
            ),
            rows,
        )
