"""What is owed for paying late: a penalty by the day, and three per cent a year.

The penalty is at most twice the discount rate of the National Bank of each day (law 543/96-VR),
for a year back (Civil Code, article 258); three per cent a year run for three years (articles 625
and 257). Both are simple, on a year of 365 days. The day on which money came is not late.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, Invalid
from app.models.base import Base
from app.models.billing.books import ChargeClass
from app.models.billing.draft import Draft, DraftLine
from app.models.billing.invoice import InvoiceKind
from app.models.money import ZERO, Money

DAYS_IN_YEAR: Final = 365
PENALTY_DAYS: Final = 365
INTEREST_DAYS: Final = 3 * 365
INTEREST_PERCENT: Final = Decimal(3)
DISCOUNT_RATES: Final = 2
"""How many times the discount rate a penalty is at the most."""
PENALTY, INTEREST = "penalty", "interest"
NO_VAT: Final = Decimal(0)
ONE_DAY: Final = timedelta(days=1)


class DiscountRateMissing(Conflict):
    """Nobody has loaded the National Bank's discount rate of a day that is late."""

    code = "discount_rate_missing"


class NothingToCharge(Conflict):
    """The invoice was paid in time, is disputed, or its late days are charged already."""

    code = "penalty_nothing_to_charge"


class PenaltyDayInvalid(Invalid):
    """A penalty is charged for days that are over."""

    code = "penalty_day_invalid"


class DiscountRate(Base):
    """The discount rate of the National Bank from a day on."""

    __tablename__ = "discount_rates"
    __table_args__ = (CheckConstraint("percent > 0", name="percent_positive"),)

    valid_from: Mapped[date] = mapped_column(primary_key=True)
    percent: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    act: Mapped[str]


class PenaltyMoratorium(Base):
    """Days for which an act forbids to charge for paying late."""

    __tablename__ = "penalty_moratoria"
    __table_args__ = (CheckConstraint("first <= last", name="first_before_last"),)

    first: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[date | None]
    """Included; None: until further notice."""
    act: Mapped[str]


@dataclass(frozen=True, slots=True)
class RateFrom:
    valid_from: date
    percent: Decimal
    act: str


@dataclass(frozen=True, slots=True)
class Moratorium:
    first: date
    last: date | None
    act: str

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class LateRules:
    """By what right late days are charged, and which are not."""

    rates: Sequence[RateFrom]
    moratoria: Sequence[Moratorium] = ()

    def percent(self, day: date) -> Decimal:
        """Return the discount rate of a day.

        :raises DiscountRateMissing:
        """
        in_force = [each for each in self.rates if each.valid_from <= day]
        if not in_force:
            raise DiscountRateMissing(day=day.isoformat())
        return max(in_force, key=lambda each: each.valid_from).percent

    def is_free(self, day: date) -> bool:
        return any(each.covers(day) for each in self.moratoria)

    def edges(self) -> Iterator[date]:
        """Yield the days on which anything changes."""
        for rate in self.rates:
            yield rate.valid_from
        for each in self.moratoria:
            yield each.first
            if each.last is not None:
                yield each.last + ONE_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class LateInvoice:
    """An invoice that was not paid by its day: what was owed then, and what has come since."""

    organization_id: UUID
    account_id: UUID
    account_number: str
    invoice_id: UUID
    number: str
    due_on: date
    owed: Money
    """At the end of the day on which it was due."""
    settled: Sequence[tuple[date, Money]]
    """Since then, by the day of the bank; negative: it was taken back."""
    charged_until: date | None
    """Up to which day, included, paying late has been charged."""

    def owed_on(self, day: date) -> Money:
        """Return what is late on a day; what came on that day is in time for it."""
        owed = self.owed
        for on, amount in self.settled:
            if on <= day:
                owed -= amount
        return owed

    @property
    def first_day(self) -> date:
        """The first day that is late and not charged yet."""
        return max(self.due_on, self.charged_until or self.due_on) + ONE_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Days on which the same sum was late at the same rate."""

    first: date
    last: date
    owed: Money
    percent: Decimal
    """A year."""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def exact(self) -> Fraction:
        """Hryvnias, before they are rounded once for all stretches together."""
        yearly = Fraction(self.owed.hryvnias) * Fraction(self.percent) / 100
        return yearly * self.days / DAYS_IN_YEAR

    @property
    def basis(self) -> dict[str, Any]:
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "days": self.days,
            "owed": str(self.owed),
            "percent": f"{self.percent.normalize():f}",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCharge:
    """What paying an invoice late comes to, up to a day: a proposal until somebody confirms it."""

    late: LateInvoice
    until: date
    penalty: Sequence[Stretch]
    interest: Sequence[Stretch]

    @property
    def penalty_sum(self) -> Money:
        return _rounded(self.penalty)

    @property
    def interest_sum(self) -> Money:
        return _rounded(self.interest)

    @property
    def total(self) -> Money:
        return self.penalty_sum + self.interest_sum

    def draft(self) -> Draft:
        """Return the invoice that charges it; it has no VAT.

        :raises NothingToCharge:
        """
        lines = [
            _line(code, self, stretches, amount)
            for code, stretches, amount in (
                (PENALTY, self.penalty, self.penalty_sum),
                (INTEREST, self.interest, self.interest_sum),
            )
            if amount > ZERO
        ]
        if not lines:
            raise NothingToCharge
        return Draft(
            issue_key=f"penalty:{self.late.invoice_id}:{self.until}",
            kind=InvoiceKind.PENALTY,
            lines=lines,
            vat_rate=NO_VAT,
        )


def late_charge(late: LateInvoice, rules: LateRules, until: date) -> LateCharge:
    """Return what is to be charged for the days up to `until`, included.

    :raises DiscountRateMissing:
    """
    penalty_from = max(late.first_day, until - timedelta(days=PENALTY_DAYS - 1))
    interest_from = max(late.first_day, until - timedelta(days=INTEREST_DAYS - 1))
    return LateCharge(
        late=late,
        until=until,
        penalty=list(_stretches(late, rules, penalty_from, until, is_penalty=True)),
        interest=list(_stretches(late, rules, interest_from, until, is_penalty=False)),
    )


def _stretches(
    late: LateInvoice, rules: LateRules, first: date, last: date, *, is_penalty: bool
) -> Iterator[Stretch]:
    changes = {first, *rules.edges(), *(on for on, _ in late.settled)}
    begins = sorted(day for day in changes if first <= day <= last)
    for place, day in enumerate(begins):
        owed = late.owed_on(day)
        if owed <= ZERO or rules.is_free(day):
            continue
        ends = begins[place + 1] - ONE_DAY if place + 1 < len(begins) else last
        percent = DISCOUNT_RATES * rules.percent(day) if is_penalty else INTEREST_PERCENT
        yield Stretch(first=day, last=ends, owed=owed, percent=percent)


def _rounded(stretches: Sequence[Stretch]) -> Money:
    exact = sum((each.exact for each in stretches), Fraction(0)) * 100
    return Money((2 * exact.numerator + exact.denominator) // (2 * exact.denominator))


def _line(code: str, charge: LateCharge, stretches: Sequence[Stretch], amount: Money) -> DraftLine:
    return DraftLine(
        code=code,
        charge=ChargeClass.PENALTY,
        quantity=Decimal(1),
        unit="service",
        price=amount.hryvnias,
        net=amount,
        basis={
            "invoice_id": str(charge.late.invoice_id),
            "invoice_number": charge.late.number,
            "until": charge.until.isoformat(),
            "stretches": [each.basis for each in stretches],
        },
    )
