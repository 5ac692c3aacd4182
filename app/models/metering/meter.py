from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.base import Base, Owned


class Meter(Owned, Base):
    """A device at a metering point from the day it was installed until it was removed."""

    __tablename__ = "meters"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "metering_point_id"],
            ["metering_points.organization_id", "metering_points.id"],
        ),
        # The same meter has a row for each tenure of its point.
        UniqueConstraint("organization_id", "metering_point_id", "serial_number"),
        Index("ix_meters_serial_number", "serial_number"),
    )

    metering_point_id: Mapped[UUID]
    serial_number: Mapped[str]
    model: Mapped[str]
    installed_on: Mapped[date]
    removed_on: Mapped[date | None]
    verification_due_on: Mapped[date | None]
    is_remote: Mapped[bool]
    """Read by the operator over the network; nobody types its readings."""
