from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Owned
from app.models.money import Money


class CompensationStatus(StrEnum):
    NONE = "none"
    """Nothing is owed; no row says so."""
    DUE = "due"
    """Owed, and to be credited to the account within 45 days (Resolution 375)."""
    CREDITED = "credited"


class OrderCompensation(Owned, Base):
    """What the operator owes for being late with an order: once for each row of the law.

    A row with `repeat_days` is owed again each time that so many days have passed.
    """

    __tablename__ = "order_compensations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "order_id"], ["orders.organization_id", "orders.id"]
        ),
        UniqueConstraint("organization_id", "order_id", "code", "occurrence"),
        Index("ix_order_compensations_due", "id", postgresql_where=text("status = 'due'")),
    )

    order_id: Mapped[UUID]
    code: Mapped[str]
    occurrence: Mapped[int] = mapped_column(server_default=text("1"))
    """1, and more where the row is owed again."""
    amount: Mapped[Money]
    basis: Mapped[dict[str, Any]]
    status: Mapped[str]
    posting_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
