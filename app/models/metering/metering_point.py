from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.base import Base, Owned


class MeteringPoint(Owned, Base):
    """A place where energy is measured, known to the whole market by its EIC (type Z)."""

    __tablename__ = "metering_points"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        UniqueConstraint("organization_id", "eic"),
        Index("ix_metering_points_eic", "eic"),
        Index("ix_metering_points_account", "organization_id", "account_id"),
    )

    account_id: Mapped[UUID]
    eic: Mapped[str]
    address: Mapped[str]
    allowed_power_kw: Mapped[Decimal | None]
