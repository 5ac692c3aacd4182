import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Self

from typing_extensions import override

from app.errors import Invalid

MONTHS = 12
FIRST_YEAR, LAST_YEAR = 1990, 2199
WRITTEN = re.compile(r"\d{4}-\d{2}", re.ASCII)


class RangeInvalid(Invalid):
    """The days or months end before they begin, or there are more of them than one answer holds."""

    code = "range_invalid"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A settlement period: one calendar month in Kyiv. Written `2026-10`."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the period written as `YYYY-MM`; anything else is a ValueError."""
        if not WRITTEN.fullmatch(text):
            raise ValueError("not YYYY-MM")
        year, _, month = text.partition("-")
        period = cls(int(year), int(month))
        if not (1 <= period.month <= MONTHS and FIRST_YEAR <= period.year <= LAST_YEAR):
            raise ValueError("no such month")
        return period

    @classmethod
    def containing(cls, day: date) -> Self:
        return cls(day.year, day.month)

    def shifted(self, months: int) -> Self:
        year, month = divmod(self.year * MONTHS + self.month - 1 + months, MONTHS)
        return type(self)(year, month + 1)

    def months_since(self, other: "Period") -> int:
        return (self.year - other.year) * MONTHS + self.month - other.month

    @property
    def starts_on(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def ends_on(self) -> date:
        """The first day after the period: periods are half-open."""
        return self.shifted(1).starts_on

    @property
    def days(self) -> int:
        return monthrange(self.year, self.month)[1]

    @override
    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"
