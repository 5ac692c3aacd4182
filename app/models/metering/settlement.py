"""What was settled: rows that are only added, so that a bill can always be explained."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Owned


class SettlementStatus(StrEnum):
    """How far a period of an account has come; the names are public."""

    OPEN = "open"
    """Readings may still come; there is no row yet."""
    SETTLED = "settled"
    CORRECTED = "corrected"
    """A later value has changed it: a newer version holds."""


class Settlement(Owned, Base):
    """The energy of one account in one period, as one version tells it.

    The first version closes the period for typing. A later one tells the whole anew, and its
    points say by how much they differ from the version before. No row is ever changed: a trigger
    refuses it.
    """

    __tablename__ = "settlements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        UniqueConstraint("organization_id", "account_id", "period", "version"),
        CheckConstraint("extract(day FROM period) = 1", name="period_is_a_month"),
        CheckConstraint("version > 0", name="version_counts"),
    )

    account_id: Mapped[UUID]
    period: Mapped[date]
    """The first day of the month."""
    version: Mapped[int] = mapped_column(SmallInteger)
    settled_at: Mapped[datetime]
    content: Mapped[str]
    """A hash of what it tells: another one means that a new version is due."""


class SettledRegister(Base):
    """What a register is taken to have shown at the ends of its part of a period."""

    __tablename__ = "settled_registers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "settlement_id"], ["settlements.organization_id", "settlements.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "register_id"], ["registers.organization_id", "registers.id"]
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    settlement_id: Mapped[UUID] = mapped_column(primary_key=True)
    register_id: Mapped[UUID] = mapped_column(primary_key=True)
    opening: Mapped[Decimal | None]
    closing: Mapped[Decimal | None]
    """None between two values that were read later and earlier: its energy is shared by days."""
    kind: Mapped[str]
    """Of the closing value: actual or estimated."""
    estimate_method: Mapped[str | None]
    months_unread: Mapped[int] = mapped_column(SmallInteger)
    """Months at whose ends nobody has read it, up to this one; 0 if it was read."""
    energy: Mapped[Decimal | None]
    """kWh or kvarh; None when it cannot be known."""


class SettledPoint(Base):
    """The energy of one kind that a metering point is billed for in a period."""

    __tablename__ = "settled_points"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "settlement_id"], ["settlements.organization_id", "settlements.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "metering_point_id"],
            ["metering_points.organization_id", "metering_points.id"],
        ),
        CheckConstraint("voltage_class IN (1, 2)", name="voltage_class_known"),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    settlement_id: Mapped[UUID] = mapped_column(primary_key=True)
    metering_point_id: Mapped[UUID] = mapped_column(primary_key=True)
    energy: Mapped[str] = mapped_column(primary_key=True)
    voltage_class: Mapped[int] = mapped_column(SmallInteger)
    """As it was when the period was first settled."""
    amount: Mapped[int | None] = mapped_column(BigInteger)
    """Whole kWh or kvarh; None when it cannot be known."""
    difference: Mapped[int | None] = mapped_column(BigInteger)
    """Against the version before, an unknown one counting as nothing; in the first version the
    amount. None when the amount cannot be known."""
    is_estimated: Mapped[bool]
