"""What an account is to be billed for: its settled months beside what was billed of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.models.billing.draft import Draft, DraftLine
from app.models.billing.energy_charges import (
    BilledElsewhere,
    EnergyUnknown,
    PointEnergy,
    Tariffs,
    distribution_line,
)
from app.models.billing.invoice import InvoiceKind
from app.models.billing.reactive_charges import PointReactive, charged_by, reactive_charge
from app.models.billing.reactive_rates import NO_RATES, AccountRates
from app.models.money import ZERO, Money
from app.models.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledMonth:
    """A month of an account as its newest settlement tells it."""

    period: Period
    version: int
    points: Sequence[PointEnergy] | None
    """None while a point's energy is unknown: nobody is billed a guess."""
    reactive: Sequence[PointReactive] = ()
    """Of the points that have such registers."""

    def is_known(self, rates: AccountRates) -> bool:
        """Tell whether everything that is charged is known."""
        return self.points is not None and all(
            each.is_known or charged_by(each, rates, self.period) is None for each in self.reactive
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What has been billed of an account."""

    final_ids: Mapping[Period, UUID]
    kwh: Mapping[tuple[date, str], int]
    """By the first day of the month and the EIC, corrections included."""
    reactive: Mapping[tuple[date, str], Money] = field(default_factory=dict)
    """Without VAT, in the same way."""
    corrections: Mapping[Period, int] = field(default_factory=dict)
    """How many corrections each month has had."""
    elsewhere: frozenset[Period] = frozenset()
    """Months that the operator's own billing has billed."""


def drafts_of(
    account_id: UUID,
    months: Sequence[SettledMonth],
    billed: Billed,
    tariffs: Tariffs,
    period: Period,
    rates: AccountRates = NO_RATES,
) -> list[Draft]:
    """Return the final invoice of a period, and a correction for each month that has changed.

    A month that has no final invoice is not corrected: it is billed by a run of its own.

    :raises EnergyUnknown: of the period itself.
    :raises BilledElsewhere:
    :raises TariffMissing, TariffChangesWithinMonth, ReactivePriceMissing:
    """
    drafts = []
    for month in months:
        if month.period != period and month.period not in billed.final_ids:
            continue
        if not month.is_known(rates):
            if month.period == period:
                raise EnergyUnknown(period)
            continue
        if month.period in billed.elsewhere:
            raise BilledElsewhere(month.period)
        lines = [*_energy(month, billed, tariffs), *_reactive(month, billed, rates)]
        if lines:
            drafts.append(_draft(account_id, month, billed, lines))
    return drafts


def _energy(month: SettledMonth, billed: Billed, tariffs: Tariffs) -> Iterator[DraftLine]:
    for point in month.points or ():
        before = billed.kwh.get((month.period.starts_on, point.eic), 0)
        line = distribution_line(point, tariffs, month.period, billed_kwh=before)
        if line is not None:
            yield line


def _reactive(month: SettledMonth, billed: Billed, rates: AccountRates) -> Iterator[DraftLine]:
    for point in month.reactive:
        before = billed.reactive.get((month.period.starts_on, point.eic), ZERO)
        line = reactive_charge(point, rates, month.period, billed=before)
        if line is not None:
            yield line


def _draft(
    account_id: UUID, month: SettledMonth, billed: Billed, lines: Sequence[DraftLine]
) -> Draft:
    final_id = billed.final_ids.get(month.period)
    if final_id is None:
        key, kind = f"final:{account_id}:{month.period}", InvoiceKind.FINAL
    else:
        # A version of the settlement may be billed twice: when prices of reactive energy change.
        turn = billed.corrections.get(month.period, 0)
        key = f"corrective:{account_id}:{month.period}:{month.version}.{turn}"
        kind = InvoiceKind.CORRECTIVE
    return Draft(issue_key=key, kind=kind, lines=lines, period=month.period, corrects_id=final_id)
