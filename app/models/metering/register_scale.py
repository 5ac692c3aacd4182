from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class RegisterScale(Base):
    """How a register counts from a day on.

    A register whose digits, decimals, multiplier and zone have never changed has no row here: its
    own columns hold for all days. Otherwise the rows hold its whole history, the newest included,
    and the oldest one also holds for the days before it.
    """

    __tablename__ = "register_scales"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "register_id"], ["registers.organization_id", "registers.id"]
        ),
        CheckConstraint("digits BETWEEN 1 AND 9", name="digits_range"),
        CheckConstraint("decimals BETWEEN 0 AND 3", name="decimals_range"),
        CheckConstraint("multiplier > 0", name="multiplier_positive"),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    register_id: Mapped[UUID] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    digits: Mapped[int]
    decimals: Mapped[int]
    multiplier: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    zone: Mapped[str]
