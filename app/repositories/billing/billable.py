"""What is to be billed: settled months, what registers showed in them, prices."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, bindparam, select, text

from app.models.billing.account_bill import Billed, SettledMonth
from app.models.billing.energy_charges import PointEnergy, Price, Tariffs
from app.models.billing.invoice import Invoice, InvoiceKind
from app.models.billing.reactive import Surcharge
from app.models.billing.reactive_charges import PointReactive
from app.models.billing.reactive_rates import (
    AccountRates,
    MonthPrice,
    PointEquivalent,
    ReactiveEquivalent,
    ReactivePrice,
    ReactiveRates,
    ReactiveSurcharge,
    SurchargeFrom,
)
from app.models.billing.tariff import Service, Tariff
from app.models.customers.account import Account
from app.models.metering.metering_point import MeteringPoint
from app.models.metering.register import REACTIVE, Energy
from app.models.period import Period
from app.repositories.base import Repository
from app.repositories.billing.invoices import InvoiceRepository, Key
from app.repositories.metering.settled_energy import SettledEnergy, SettledEnergyRepository
from app.repositories.metering.settling import BEFORE_ALL, AccountKey

_REGISTERS: Final = text("""
SELECT s.settlement_id, p.eic, m.serial_number, r.code, r.zone, r.multiplier, s.opening, s.closing,
       s.kind, s.estimate_method, s.energy
  FROM settled_registers s
  JOIN registers r ON r.organization_id = s.organization_id AND r.id = s.register_id
   AND r.energy = 'active_import'
  JOIN meters m ON m.organization_id = r.organization_id AND m.id = r.meter_id
  JOIN metering_points p ON p.organization_id = m.organization_id AND p.id = m.metering_point_id
 WHERE s.organization_id = :organization_id AND s.settlement_id = ANY(:settlement_ids)
 ORDER BY s.settlement_id, p.eic, m.serial_number, r.code
""").bindparams(
    bindparam("organization_id", type_=Uuid), bindparam("settlement_ids", type_=ARRAY(Uuid))
)

Registers = Mapping[tuple[UUID, str], Sequence[Mapping[str, Any]]]
"""By settlement and EIC."""


class BillableRepository(Repository):
    async def keys_of(self, account_number: str) -> list[AccountKey]:
        """Return the accounts of this number; none if the register does not have it."""
        rows = await self._session.execute(
            select(Account.organization_id, Account.id).where(
                Account.account_number == account_number
            )
        )
        return [AccountKey(*row) for row in rows]

    async def account_number(self, key: Key) -> str:
        account = await self._session.get_one(Account, key)
        return account.account_number

    async def keys_settled(
        self, period: Period, *, after: AccountKey = BEFORE_ALL, most: int
    ) -> list[AccountKey]:
        """Return the next accounts whose period is settled, in the order of their keys."""
        found = await SettledEnergyRepository(self._session).of_period(
            period, after=after, most=most
        )
        return list(dict.fromkeys(each.key for each in found))

    async def tariffs(self) -> Tariffs:
        rows = await self._session.scalars(
            select(Tariff).where(Tariff.service == Service.DISTRIBUTION.value)
        )
        return Tariffs(
            [
                Price(each.voltage_class, each.price_uah_per_mwh, each.valid_from, each.act)
                for each in rows
            ]
        )

    async def months(self, key: AccountKey, *, first: Period, last: Period) -> list[SettledMonth]:
        """Return the settled months of an account, oldest first."""
        rows = await SettledEnergyRepository(self._session).of_accounts(
            [key], first=first, last=last
        )
        settlements = {each.settlement_id for each in rows}
        registers = await self._registers(key, list(settlements))
        return [
            _month(period, list(of_month), registers)
            for period, of_month in groupby(rows, lambda each: each.period)
        ]

    async def reactive_rates(self) -> ReactiveRates:
        """Return what the fee for reactive energy is counted with, for all customers."""
        prices = await self._session.scalars(select(ReactivePrice))
        surcharges = await self._session.scalars(
            select(ReactiveSurcharge).order_by(ReactiveSurcharge.from_tg_phi)
        )
        return ReactiveRates(
            [
                MonthPrice(Period.containing(each.period), each.uah_per_kwh, each.act)
                for each in prices
            ],
            [
                SurchargeFrom(each.valid_from, Surcharge(each.from_tg_phi, each.factor), each.act)
                for each in surcharges
            ],
        )

    async def account_rates(self, key: Key, rates: ReactiveRates) -> AccountRates:
        """Return whose points of an account are charged for reactive energy."""
        rows = await self._session.execute(
            select(ReactiveEquivalent, MeteringPoint.allowed_power_kw)
            .join(
                MeteringPoint,
                and_(
                    MeteringPoint.organization_id == ReactiveEquivalent.organization_id,
                    MeteringPoint.account_id == ReactiveEquivalent.account_id,
                    MeteringPoint.eic == ReactiveEquivalent.eic,
                ),
            )
            .where(
                ReactiveEquivalent.organization_id == key[0],
                ReactiveEquivalent.account_id == key[1],
            )
        )
        equivalents = [
            PointEquivalent(
                eic=each.eic,
                valid_from=each.valid_from,
                equivalent=each.equivalent,
                act=each.act,
                allowed_power_kw=power,
            )
            for each, power in rows
        ]
        return AccountRates(rates, equivalents)

    async def billed(self, key: Key, *, first: Period) -> Billed:
        """Return what has been billed of an account's months from `first` on."""
        kinds = (
            InvoiceKind.FINAL.value,
            InvoiceKind.IMPORTED.value,
            InvoiceKind.CORRECTIVE.value,
        )
        rows = await self._session.execute(
            select(Invoice.period, Invoice.id, Invoice.kind).where(
                Invoice.organization_id == key[0],
                Invoice.account_id == key[1],
                Invoice.kind.in_(kinds),
                Invoice.period >= first.starts_on,
            )
        )
        invoices = InvoiceRepository(self._session)
        found = [(Period.containing(period), id_, kind) for period, id_, kind in rows if period]
        return Billed(
            final_ids={period: id_ for period, id_, kind in found if kind == InvoiceKind.FINAL},
            elsewhere=frozenset(
                period for period, _, kind in found if kind == InvoiceKind.IMPORTED
            ),
            kwh=await invoices.billed_kwh(key, since=first.starts_on),
            reactive=await invoices.billed_reactive(key, since=first.starts_on),
            corrections=Counter(
                period for period, _, kind in found if kind == InvoiceKind.CORRECTIVE
            ),
        )

    async def _registers(self, key: Key, settlement_ids: Sequence[UUID]) -> Registers:
        values = {"organization_id": key[0], "settlement_ids": settlement_ids}
        found: dict[tuple[UUID, str], list[Mapping[str, Any]]] = defaultdict(list)
        for row in await self._session.execute(_REGISTERS, values):
            found[row.settlement_id, row.eic].append(
                {
                    "meter": row.serial_number,
                    "code": row.code,
                    "zone": row.zone,
                    "multiplier": _plain(row.multiplier),
                    "opening": _plain(row.opening),
                    "closing": _plain(row.closing),
                    "kind": row.kind,
                    "estimate_method": row.estimate_method,
                    "kwh": _plain(row.energy),
                }
            )
        return found


def _month(period: Period, rows: Sequence[SettledEnergy], registers: Registers) -> SettledMonth:
    active = [each for each in rows if each.energy is Energy.ACTIVE_IMPORT]
    points = [
        PointEnergy(
            eic=each.eic,
            voltage_class=each.voltage_class,
            kwh=each.amount,
            is_estimated=each.is_estimated,
            version=each.version,
            registers=registers.get((each.settlement_id, each.eic), ()),
        )
        for each in active
        if each.amount is not None
    ]
    is_known = len(points) == len(active)
    return SettledMonth(
        period=period,
        version=rows[0].version,
        points=points if is_known else None,
        reactive=_reactive(rows),
    )


def _reactive(rows: Sequence[SettledEnergy]) -> list[PointReactive]:
    by_point: dict[str, dict[Energy, SettledEnergy]] = defaultdict(dict)
    for each in rows:
        by_point[each.eic][each.energy] = each
    return [
        PointReactive(
            eic=eic,
            active_kwh=_amount(of_point.get(Energy.ACTIVE_IMPORT)),
            consumed_kvarh=_amount(of_point.get(Energy.REACTIVE_IMPORT)),
            generated_kvarh=_amount(of_point.get(Energy.REACTIVE_EXPORT)),
            is_estimated=any(each.is_estimated for each in of_point.values()),
        )
        for eic, of_point in by_point.items()
        if REACTIVE & set(of_point)
    ]


def _amount(row: SettledEnergy | None) -> int | None:
    return 0 if row is None else row.amount


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"
