from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

THE_ONLY: Final = 1
FIRST_YEAR: Final = 2020
LAST_YEAR: Final = 2099
"""Terms of orders run between the two; a day of another year is a typing mistake."""


class CalendarDay(Base):
    """A day that the operator has set apart from the usual week, by whom and why."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    operator: Mapped[str]
    reason: Mapped[str]
    set_at: Mapped[datetime]


class CalendarRule(Base):
    """From when public holidays are days off again: one row, or none while they are suspended."""

    __tablename__ = "calendar_rules"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False, default=THE_ONLY
    )
    public_holidays_apply_from: Mapped[date | None]
    operator: Mapped[str]
    reason: Mapped[str]
    set_at: Mapped[datetime]
