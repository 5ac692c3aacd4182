"""What an account is to be billed for: its settled months beside what was billed of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.models.billing.draft import Draft
from app.models.billing.energy_charges import (
    BilledElsewhere,
    EnergyUnknown,
    PointEnergy,
    Tariffs,
    distribution_line,
)
from app.models.billing.invoice import InvoiceKind
from app.models.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledMonth:
    """A month of an account as its newest settlement tells it."""

    period: Period
    version: int
    points: Sequence[PointEnergy] | None
    """None while a point's energy is unknown: nobody is billed a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What has been billed of an account."""

    final_ids: Mapping[Period, UUID]
    kwh: Mapping[tuple[date, str], int]
    """By the first day of the month and the EIC, corrections included."""
    elsewhere: frozenset[Period] = frozenset()
    """Months that the operator's own billing has billed."""


def drafts_of(
    account_id: UUID,
    months: Sequence[SettledMonth],
    billed: Billed,
    tariffs: Tariffs,
    period: Period,
) -> list[Draft]:
    """Return the final invoice of a period, and a correction for each month that has changed.

    A month that has no final invoice is not corrected: it is billed by a run of its own.

    :raises EnergyUnknown: of the period itself.
    :raises BilledElsewhere:
    :raises TariffMissing, TariffChangesWithinMonth:
    """
    drafts = []
    for month in months:
        if month.period != period and month.period not in billed.final_ids:
            continue
        if month.points is None and month.period == period:
            raise EnergyUnknown(period)
        if month.period in billed.elsewhere:
            raise BilledElsewhere(month.period)
        drafts.append(_draft(account_id, month, billed, tariffs))
    return [each for each in drafts if each is not None]


def _draft(account_id: UUID, month: SettledMonth, billed: Billed, tariffs: Tariffs) -> Draft | None:
    lines = [
        line
        for point in month.points or ()
        if (
            line := distribution_line(
                point,
                tariffs,
                month.period,
                billed_kwh=billed.kwh.get((month.period.starts_on, point.eic), 0),
            )
        )
    ]
    if not lines:
        return None
    final_id = billed.final_ids.get(month.period)
    if final_id is None:
        key, kind = f"final:{account_id}:{month.period}", InvoiceKind.FINAL
    else:
        key = f"corrective:{account_id}:{month.period}:{month.version}"
        kind = InvoiceKind.CORRECTIVE
    return Draft(issue_key=key, kind=kind, lines=lines, period=month.period, corrects_id=final_id)
