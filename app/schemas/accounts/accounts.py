import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.models.accounts.shown_account import RegisterOnAccount, ShownAccount
from app.models.period import Period
from app.schemas.base import Moment, Multiplier, Out, PeriodText, RegisterValue
from app.schemas.customers.organizations import OrganizationOut
from app.schemas.metering.names import EnergyName, ZoneName
from app.schemas.metering.windows import ReadingWindowOut
from app.services.accounts.accounts import AccountDetail, MeterOnAccount


class ContractOut(Out):
    number: str | None = Field(examples=["44028/2"])
    date: dt.date | None


class AccountOut(Out):
    id: UUID
    account_number: str = Field(examples=["1000000748"])
    organization: OrganizationOut
    address: str
    contract: ContractOut
    status: Literal["linked", "available"]
    meters_count: int = Field(description="Meters in service")
    reading_window: ReadingWindowOut

    @classmethod
    def of(cls, shown: ShownAccount) -> "AccountOut":
        return cls.built(**_fields(shown))


class LastReadingOut(Out):
    value: RegisterValue
    period: PeriodText
    taken_at: Moment
    kind: Literal["actual", "estimated"]


class RegisterOut(Out):
    id: UUID
    code: str = Field(description="OBIS code", examples=["1.8.0"])
    energy: EnergyName
    zone: ZoneName
    digits: int = Field(description="Whole digits; after 10^digits the register shows 0 again")
    decimals: int
    multiplier: Multiplier = Field(description="Energy = difference of readings x multiplier")
    last_reading: LastReadingOut | None


class MeterOut(Out):
    id: UUID
    serial_number: str
    model: str
    installed_on: dt.date
    removed_on: dt.date | None
    verification_due_on: dt.date | None
    is_remote: bool = Field(description="Read by the operator; its readings are not typed in")
    registers: list[RegisterOut]


class MeteringPointOut(Out):
    id: UUID
    eic: str = Field(examples=["62Z7056418802433"])
    address: str
    valid_from: dt.date | None = Field(
        description="The day from which the point belongs to this account; null when it is older"
        " than what we know"
    )
    valid_to: dt.date | None = Field(
        description="The day from which the point belongs to another account; null while it"
        " belongs to this one"
    )
    meters: list[MeterOut]


class AccountDetailOut(AccountOut):
    metering_points: list[MeteringPointOut]

    @classmethod
    def of_detail(cls, detail: AccountDetail) -> "AccountDetailOut":
        return cls.built(
            **_fields(detail.shown),
            metering_points=[
                MeteringPointOut.built(
                    id=point.id,
                    eic=point.eic,
                    address=point.address,
                    valid_from=point.valid_from,
                    valid_to=point.valid_to,
                    meters=[_meter(meter) for meter in point.meters],
                )
                for point in detail.metering_points
            ],
        )


def _fields(shown: ShownAccount) -> dict[str, object]:
    account = shown.account
    return {
        "id": account.id,
        "account_number": account.account_number,
        "organization": OrganizationOut.built(
            tax_id=account.tax_id, name=account.organization_name
        ),
        "address": account.address,
        "contract": ContractOut.built(number=account.contract_number, date=account.contract_date),
        "status": "linked" if account.is_linked else "available",
        "meters_count": account.meters_count,
        "reading_window": ReadingWindowOut.of(shown.window, shown.window_state),
    }


def _meter(found: MeterOnAccount) -> MeterOut:
    meter = found.meter
    return MeterOut.built(
        id=meter.meter_id,
        serial_number=meter.serial_number,
        model=meter.model,
        installed_on=meter.installed_on,
        removed_on=meter.removed_on,
        verification_due_on=meter.verification_due_on,
        is_remote=meter.is_remote,
        registers=[_register(register) for register in found.registers],
    )


def _register(register: RegisterOnAccount) -> RegisterOut:
    return RegisterOut.built(
        id=register.register_id,
        code=register.code,
        energy=register.energy,
        zone=register.zone,
        digits=register.digits,
        decimals=register.decimals,
        multiplier=register.multiplier,
        last_reading=_last_reading(register),
    )


def _last_reading(register: RegisterOnAccount) -> LastReadingOut | None:
    if register.last_value is None or register.last_period is None:
        return None
    return LastReadingOut.built(
        value=register.last_value,
        period=Period.containing(register.last_period),
        taken_at=register.last_taken_at,
        kind=register.last_kind,
    )
