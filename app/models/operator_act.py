from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.models.base import Base, Identified


class RecordedAct(Identified, Base):
    """What the operator's staff did that concerns no one company: who, when, why and what.

    Prices and rates for all customers, money of an acquirer. Rows are only added.
    """

    __tablename__ = "operator_acts"
    __table_args__ = (Index("ix_operator_acts_done", "done_at", "id"),)

    done_at: Mapped[datetime]
    deed: Mapped[str]
    operator: Mapped[str]
    reason: Mapped[str]
    details: Mapped[dict[str, Any]]
