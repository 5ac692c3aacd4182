"""Lines of an instalment: a part of each point's plan at the month's tariff, or a fixed sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from app.models.billing.books import ChargeClass
from app.models.billing.draft import Draft, DraftLine
from app.models.billing.energy_charges import NotBillable, Tariffs
from app.models.billing.instalment import WHOLE_PLAN, DueInstalment
from app.models.billing.invoice import VAT_RATE, InvoiceKind
from app.models.money import EXACTLY, Money, vat_inside
from app.models.period import Period

PLANNED: Final = "planned"
KWH_PLACES: Final = Decimal("0.001")


class PlanUnknown(NotBillable):
    """Nobody has declared the month, and the same month of last year is not settled."""

    code = "plan_unknown"


class PlanSource(StrEnum):
    DECLARED = "declared"
    """By the customer, for this month."""
    LAST_YEAR = "last_year"
    """What was settled for the same month of last year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPoint:
    """What a metering point is expected to take in a month."""

    eic: str
    voltage_class: int
    kwh: int
    source: PlanSource


def planned_draft(
    due: DueInstalment, points: Sequence[PlannedPoint] | None, tariffs: Tariffs
) -> Draft:
    """Return the invoice of an instalment; `points` is None where the plan is not known.

    :raises PlanUnknown, TariffMissing, TariffChangesWithinMonth:
    """
    amount = due.instalment.amount
    if amount is not None:
        line = _fixed(due.period, amount)
        vat = amount - line.net
        return Draft(
            issue_key=due.issue_key,
            kind=InvoiceKind.PLANNED,
            lines=[line],
            period=due.period,
            stated_vat=vat,
        )
    lines = [_part(due, point, tariffs) for point in points or () if point.kwh]
    if not lines:
        raise PlanUnknown(due.period)
    return Draft(issue_key=due.issue_key, kind=InvoiceKind.PLANNED, lines=lines, period=due.period)


def _part(due: DueInstalment, point: PlannedPoint, tariffs: Tariffs) -> DraftLine:
    price = tariffs.of(point.voltage_class, due.period)
    percent = due.instalment.percent or WHOLE_PLAN
    share = EXACTLY.divide(EXACTLY.multiply(Decimal(point.kwh), percent), WHOLE_PLAN)
    return DraftLine.priced(
        PLANNED,
        ChargeClass.DISTRIBUTION,
        share.quantize(KWH_PLACES, ROUND_HALF_UP),
        "kWh",
        price.per_kwh,
        eic=point.eic,
        basis={
            "period": str(due.period),
            "kwh": point.kwh,
            "source": point.source.value,
            "percent": f"{percent.normalize():f}",
            "tariff": price.basis,
        },
    )


def _fixed(period: Period, amount: Money) -> DraftLine:
    net = amount - vat_inside(amount, VAT_RATE)
    return DraftLine(
        code=PLANNED,
        charge=ChargeClass.DISTRIBUTION,
        quantity=Decimal(1),
        unit="month",
        price=net.hryvnias,
        net=net,
        basis={"period": str(period), "amount": str(amount)},
    )
