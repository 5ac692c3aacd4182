from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.models.metering.register import REACTIVE
from app.models.metering.shown_settlement import ShownPoint, ShownRegister, ShownSettlement
from app.schemas.base import Cursor, Kilowatthours, Limit, Moment, Out, PeriodText, RegisterValue
from app.schemas.metering.names import EnergyName

WholeAmount = Annotated[
    Kilowatthours | None,
    Field(
        description="Whole kWh (kvarh for reactive energy); null when it cannot be known",
        examples=["22072.000"],
    ),
]


class SettlementsQuery(BaseModel):
    from_: PeriodText | None = Field(
        default=None, alias="from", description="First period; a year before `to`, if left out"
    )
    to: PeriodText | None = Field(
        default=None, description="Last period, included; the present one, if left out"
    )
    limit: Limit = 50
    cursor: Cursor = None


class SettledRegisterOut(Out):
    """A register at the ends of its part of the period."""

    register_id: UUID
    opening: RegisterValue | None
    closing: RegisterValue | None = Field(
        description="Null where nothing stands at the end: values before and after were read, and "
        "the energy between them is shared by days"
    )
    kind: Literal["actual", "estimated"] = Field(description="Of the closing value")
    estimate_method: Literal["same_month_last_year", "recent_average", "no_history"] | None = Field(
        description="How the operator estimated the closing value; null where it did not"
    )
    months_unread: int = Field(
        description="Months at whose ends nobody read the register, up to this one; 0 if it was "
        "read",
        examples=[0],
    )
    kwh: Kilowatthours | None = Field(description="kWh (kvarh for reactive energy)")

    @classmethod
    def of(cls, register: ShownRegister) -> "SettledRegisterOut":
        return cls.built(
            register_id=register.register_id,
            opening=register.opening,
            closing=register.closing,
            kind=register.kind,
            estimate_method=register.estimate_method,
            months_unread=register.months_unread,
            kwh=register.energy,
        )


class SettledPointOut(Out):
    """What a metering point is billed for.

    Its sum through the period, rounded, less the one before: so no rounding error adds up.
    """

    eic: str = Field(examples=["62Z7056418802433"])
    energy: EnergyName
    unit: Literal["kWh", "kvarh"]
    voltage_class: int = Field(description="1 from 27.5 kV, 2 below; as when it was settled")
    amount: WholeAmount
    difference: WholeAmount = Field(
        description="Against the version before; in the first version the amount"
    )
    is_estimated: bool

    @classmethod
    def of(cls, point: ShownPoint) -> "SettledPointOut":
        return cls.built(
            eic=point.eic,
            energy=point.energy,
            unit="kvarh" if point.energy in REACTIVE else "kWh",
            voltage_class=point.voltage_class,
            amount=_whole(point.amount),
            difference=_whole(point.difference),
            is_estimated=point.is_estimated,
        )


class SettlementOut(Out):
    """A period of an account. An open one is not settled yet and has no registers and points."""

    period: PeriodText
    status: Literal["open", "settled", "corrected"]
    version: int = Field(description="0 while it is open; each correction counts one up")
    settled_at: Moment | None = Field(description="When the newest version was made")
    kwh: WholeAmount = Field(description="Active energy taken from the network, whole kWh")
    is_estimated: bool
    registers: list[SettledRegisterOut]
    metering_points: list[SettledPointOut]
    invoice_ids: list[UUID] = Field(description="Invoices that bill it")

    @classmethod
    def of(cls, settlement: ShownSettlement, invoice_ids: Sequence[UUID] = ()) -> "SettlementOut":
        return cls.built(
            period=settlement.period,
            status=settlement.status.value,
            version=settlement.version,
            settled_at=settlement.settled_at,
            kwh=_whole(settlement.kwh),
            is_estimated=settlement.is_estimated,
            registers=[SettledRegisterOut.of(each) for each in settlement.registers],
            metering_points=[SettledPointOut.of(each) for each in settlement.points],
            invoice_ids=list(invoice_ids),
        )


def _whole(amount: int | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)
