"""A register as the rules see it: its limits, and the readings around one day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Final, NamedTuple, Self
from uuid import UUID

from app.access import Reach
from app.models.customers.organization import NamedCompany
from app.models.metering.energy.register import Mark, RegisterLife, Scale
from app.models.metering.energy.spans import Span, between, spans, usual
from app.models.metering.reading import CURRENT, OPERATORS_OWN, Kind, ReadingEvent
from app.models.metering.reading_review import Review
from app.models.period import Period

DAY: Final = timedelta(days=1)


class PriorReading(NamedTuple):
    """The newest accepted value before the day; an estimate binds nobody."""

    read_on: date
    value: Decimal
    kind: str

    @property
    def period(self) -> Period:
        return Period.containing(self.read_on - DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentReading:
    """The newest reading of the day in question."""

    id: UUID
    period: Period
    event: str
    value: Decimal
    version: int
    source: str
    status: str
    kind: str
    findings: tuple[str, ...]
    supersedes: UUID | None
    receipt_id: UUID | None
    taken_at: datetime
    submitted_at: datetime
    submitted_by: NamedCompany | None
    """Another company that submitted it, as the account's owner sees it."""
    review: Review | None

    @property
    def is_current(self) -> bool:
        return self.status in CURRENT

    @property
    def is_actual(self) -> bool:
        return self.kind == Kind.ACTUAL


@dataclass(frozen=True, slots=True)
class Range:
    """What a register is expected to show, and how much energy that would be."""

    low: Decimal
    high: Decimal
    low_energy: Decimal
    high_energy: Decimal


@dataclass(frozen=True, kw_only=True)  # no slots: they leave no room for `cached_property`
class RegisterState:
    """A register at a moment: its limits, its meter, and the readings around one day."""

    register_id: UUID
    meter_id: UUID
    serial_number: str
    eic: str
    code: str
    energy: str
    zone: str
    decimals: int
    revision: int
    """Raised by whoever writes about the register: what the rules saw holds while it does."""
    is_remote: bool
    removed_on: date | None
    verification_due_on: date | None
    is_period_settled: bool = False
    """Whether the account's period is settled: later values come from the operator alone."""
    read_on: date
    """The day whose value is asked for: the first one after the period, or that of the removal."""
    life: RegisterLife
    """The values before that day that bind: read by somebody, and accepted."""
    previous: PriorReading | None
    newest: CurrentReading | None
    """The newest reading of the day itself, whatever became of it."""
    following: Mark | None
    """The next value that binds."""

    def without_past(self) -> Self:
        """Return what is needed to record a value: of thousands the past would fill the memory."""
        return replace(self, life=replace(self.life, marks=()))

    @property
    def event(self) -> ReadingEvent:
        """Return why the register is read on that day."""
        if self.removed_on == self.read_on:
            return ReadingEvent.REMOVED
        return ReadingEvent.PERIODIC if self.read_on.day == 1 else ReadingEvent.CONTROL

    @cached_property
    def scale(self) -> Scale:
        return self.life.scale_before(self.read_on)

    @property
    def highest(self) -> Decimal:
        return self.scale.capacity - Decimal(1).scaleb(-self.decimals)

    @property
    def last(self) -> Mark | None:
        """Return the last value that binds."""
        return self.life.marks[-1] if self.life.marks else None

    @property
    def current(self) -> CurrentReading | None:
        return self.newest if self.newest and self.newest.is_current else None

    @property
    def submitted(self) -> CurrentReading | None:
        """Return what somebody has read on that day; an estimate answers for nobody."""
        return self.current if self.current and self.current.is_actual else None

    @property
    def is_settled(self) -> bool:
        """Tell whether the period is settled, or the operator has read the register itself.

        An estimate settles nothing.
        """
        has_operators_own = self.submitted is not None and self.submitted.source in OPERATORS_OWN
        return self.is_period_settled or has_operators_own

    @property
    def is_closed(self) -> bool:
        """Tell whether the register has ended and nobody can say more about it."""
        return self.life.runs_until == self.read_on and (self.is_settled or self.is_remote)

    @cached_property
    def known(self) -> Sequence[Span]:
        """Return the energy between the values that bind, oldest first."""
        return spans(self.life)

    def span_to(self, value: Decimal) -> Span | None:
        """Return the energy from the last value that binds to one of the day in question."""
        if self.last is None:
            return None
        shown = Mark(self.read_on, value, is_actual=True)
        return between(self.last, shown, self.life, self.known)

    def consumption(self, value: Decimal) -> Decimal | None:
        """Return the energy since the last value that binds, in kWh or kvarh, if it is known."""
        span = self.span_to(value)
        return span.energy if span else None

    def expected(self, as_of: date) -> Range | None:
        """Return the values that the past makes likely on a day, up to the day in question.

        None with less than three known spans, or where the scale has changed since the last one.
        """
        last, usual_day = self.last, usual(self.known)
        if last is None or usual_day is None:
            return None
        if self.life.scale_between(last.day, self.read_on) is None:
            return None
        days = max((min(as_of, self.read_on) - last.day).days, 1)
        low, high = usual_day.low * days, usual_day.high * days
        # Rounded inwards: a register that shows one of the bounds is within them.
        return Range(
            low=self._displayed(last.value + low / self.scale.multiplier, ROUND_CEILING),
            high=self._displayed(last.value + high / self.scale.multiplier, ROUND_FLOOR),
            low_energy=low,
            high_energy=high,
        )

    def _displayed(self, value: Decimal, rounding: str) -> Decimal:
        shown = value.quantize(Decimal(1).scaleb(-self.decimals), rounding)
        return shown % self.scale.capacity


@dataclass(frozen=True, slots=True)
class AccountRegisters:
    """Registers of an account, and by what right the cabinet shows it."""

    reach: Reach
    registers: list[RegisterState]
