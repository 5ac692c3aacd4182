from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Owned


class MeteringPoint(Owned, Base):
    """A place where energy is measured, known to the whole market by its EIC (type Z).

    A point that passes to another company gets new rows (point, meters, registers, scales) under
    that company. Each company keeps the values of its own tenure and sees no others.
    """

    __tablename__ = "metering_points"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        CheckConstraint("valid_from < valid_to", name="tenure_has_days"),
        CheckConstraint("voltage_class IN (1, 2)", name="voltage_class_known"),
        Index(
            "uq_metering_points_open_tenure",
            "organization_id",
            "eic",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index("ix_metering_points_eic", "eic"),
        Index("ix_metering_points_account", "organization_id", "account_id"),
    )

    account_id: Mapped[UUID]
    eic: Mapped[str]
    address: Mapped[str]
    allowed_power_kw: Mapped[Decimal | None]
    voltage_class: Mapped[int] = mapped_column(SmallInteger, default=2, server_default="2")
    """1 from 27.5 kV, 2 below; tariffs differ by it."""
    valid_from: Mapped[date | None]
    """The day from which it belongs to the account; None: as long as we know it."""
    valid_to: Mapped[date | None]
    """The day from which it belongs to another company; None: it still belongs to the account."""
