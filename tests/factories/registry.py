"""The operator's register, as a test needs it: one thing at a time, honest defaults."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from app.clock import kyiv_midnight
from app.database import Database
from app.models.base import new_id
from app.models.customers.account import Account
from app.models.customers.organization import Organization
from app.models.metering.meter import Meter
from app.models.metering.metering_point import MeteringPoint
from app.models.metering.reading import Reading
from app.models.metering.register import Register
from app.models.period import Period

_numbers = count(1)
WEIGHTS = ((1, 2, 3, 4, 5, 6, 7), (3, 4, 5, 6, 7, 8, 9))


def new_tax_id() -> str:
    """Return an EDRPOU code with a true check digit, below 30000000."""
    stem = f"{1_000_000 + next(_numbers):07}"
    for weights in WEIGHTS:
        check = sum(int(digit) * weight for digit, weight in zip(stem, weights, strict=True)) % 11
        if check < 10:
            return f"{stem}{check}"
    return f"{stem}0"


@dataclass
class Company:
    organization: Organization
    account: Account
    meter: Meter
    registers: list[Register] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    @property
    def register(self) -> Register:
        return self.registers[0]


async def create_organization(
    database: Database, *, phone_on_file: str | None = None, name: str = "ТОВ «Пекарня»"
) -> Organization:
    organization = Organization(
        id=new_id(), tax_id=new_tax_id(), name=name, phone_on_file=phone_on_file
    )
    async with database.begin() as transaction:
        transaction.add(organization)
    return organization


async def create_account(database: Database, organization: Organization) -> Account:
    account = Account(
        organization_id=organization.id,
        id=new_id(),
        account_number=f"{next(_numbers):010}",
        address="м. Київ, вул. Хрещатик, 1",
        contract_number="1/1",
        contract_date=date(2024, 1, 1),
    )
    async with database.begin() as transaction:
        transaction.add(account)
    return account


async def create_meter(database: Database, account: Account, **changes: Any) -> Meter:
    number = next(_numbers)
    point = MeteringPoint(
        organization_id=account.organization_id,
        id=new_id(),
        account_id=account.id,
        eic=f"62Z{number:012}X",
        address=account.address,
        allowed_power_kw=Decimal(40),
    )
    meter = Meter(
        organization_id=account.organization_id,
        id=new_id(),
        metering_point_id=point.id,
        **{
            "serial_number": f"{number:08}",
            "model": "НІК 2303",
            "installed_on": date(2025, 1, 1),
            "removed_on": None,
            "verification_due_on": date(2033, 6, 30),
            "is_remote": False,
        }
        | changes,
    )
    async with database.begin() as transaction:
        transaction.add(point)
        await transaction.flush()
        transaction.add(meter)
    return meter


async def create_register(database: Database, meter: Meter, **changes: Any) -> Register:
    register = Register(
        organization_id=meter.organization_id,
        id=new_id(),
        meter_id=meter.id,
        **{
            "code": "1.8.0",
            "energy": "active_import",
            "zone": "total",
            "digits": 6,
            "decimals": 1,
            "multiplier": Decimal(1),
        }
        | changes,
    )
    async with database.begin() as transaction:
        transaction.add(register)
    return register


async def create_reading(
    database: Database, register: Register, *, period: str, value: str, **changes: Any
) -> Reading:
    month = Period.parse(period)
    closes_at = kyiv_midnight(month.ends_on)
    reading = Reading(
        organization_id=register.organization_id,
        register_id=register.id,
        id=new_id(),
        value=Decimal(value),
        **{
            "read_on": month.ends_on,
            "period": month.starts_on,
            "version": 1,
            "taken_at": closes_at,
            "submitted_at": closes_at,
            "submitted_by": None,
            "source": "operator",
            "kind": "actual",
            "status": "accepted",
            "findings": [],
            "supersedes": None,
            "receipt_id": None,
        }
        | changes,
    )
    async with database.begin() as transaction:
        transaction.add(reading)
    return reading


async def create_company(
    database: Database, *, phone_on_file: str | None = None, history: dict[str, str] | None = None
) -> Company:
    """Return a company with one account, one meter and one register, and its register's past."""
    organization = await create_organization(database, phone_on_file=phone_on_file)
    account = await create_account(database, organization)
    meter = await create_meter(database, account)
    register = await create_register(database, meter)
    readings = [
        await create_reading(database, register, period=period, value=value)
        for period, value in (history or {}).items()
    ]
    return Company(organization, account, meter, [register], readings)
