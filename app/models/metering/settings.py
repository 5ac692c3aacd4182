"""What an operator chooses about readings."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from app.models.metering.reading_window import WindowRule
from app.models.settings import SubjectSettings


@dataclass(frozen=True, kw_only=True)
class MeteringSettings(SubjectSettings):
    reading_window_opens_days_before: Annotated[int, Ge(0), Le(31)] = 2
    """Days before the end of a month on which its readings are first taken (code 8.6.3)."""
    reading_window_closes_on_day: Annotated[int, Ge(0), Le(27)] = 3
    """The last day of the next month on which they are taken."""

    @property
    def window_rule(self) -> WindowRule:
        return WindowRule(
            opens_days_before=self.reading_window_opens_days_before,
            closes_on_day=self.reading_window_closes_on_day,
        )
