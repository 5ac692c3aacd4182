from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Numeric,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Owned


class Energy(StrEnum):
    ACTIVE_IMPORT = "active_import"
    ACTIVE_EXPORT = "active_export"
    REACTIVE_IMPORT = "reactive_import"
    REACTIVE_EXPORT = "reactive_export"


REACTIVE: Final = frozenset({Energy.REACTIVE_IMPORT, Energy.REACTIVE_EXPORT})
"""Counted in kvarh; the others in kWh."""


class Zone(StrEnum):
    TOTAL = "total"
    DAY = "day"
    NIGHT = "night"
    PEAK = "peak"
    HALF_PEAK = "half_peak"


class Register(Owned, Base):
    """One counter of a meter (OBIS code): it shows `digits` whole digits, then starts from 0.

    Zone, digits, decimals and multiplier are the newest; what held before is in `RegisterScale`.
    """

    __tablename__ = "registers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "meter_id"], ["meters.organization_id", "meters.id"]
        ),
        UniqueConstraint("organization_id", "meter_id", "code"),
        CheckConstraint("digits BETWEEN 1 AND 9", name="digits_range"),
        CheckConstraint("decimals BETWEEN 0 AND 3", name="decimals_range"),
        CheckConstraint("multiplier > 0", name="multiplier_positive"),
    )

    meter_id: Mapped[UUID]
    code: Mapped[str]
    energy: Mapped[str]
    zone: Mapped[str]
    digits: Mapped[int]
    decimals: Mapped[int]
    multiplier: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    """Energy is the difference of two readings times this (current and voltage transformers)."""
    revision: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """Raised by everyone who writes readings or scales of this register, and checked before."""
    settled_revision: Mapped[int | None] = mapped_column(BigInteger)
    """The revision that its settlements know; another one means that they may have changed."""
