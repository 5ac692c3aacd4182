from datetime import datetime

from sqlalchemy import ARRAY, DateTime
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class SpentBudget(Base):
    """What has been spent of a budget, moment by moment, within its period (a sliding day)."""

    __tablename__ = "budgets"

    key: Mapped[str] = mapped_column(primary_key=True)
    spent: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    forget_at: Mapped[datetime] = mapped_column(index=True)
