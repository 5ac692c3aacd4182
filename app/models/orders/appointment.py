from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, NotFound
from app.models.base import Base

MOST_CUSTOMER_MOVES: Final = 1
"""How often the customer may move an appointment; after that the staff does."""
LONGEST_SEARCH: Final = timedelta(days=62)
"""The slots of so many days are listed at once."""
FARTHEST: Final = timedelta(days=366)
"""Nobody looks for slots further ahead."""


class SlotNotFound(NotFound):
    """The district has no slot that begins then."""

    code = "slot_not_found"


class SlotPast(Conflict):
    """The slot has begun."""

    code = "slot_past"


class SlotTaken(Conflict):
    """All places of the slot are taken, perhaps since a moment ago."""

    code = "slot_taken"


class SlotsBooked(Conflict):
    """More places of a slot are booked than the plan leaves."""

    code = "slots_booked"
    members = ("starts_at",)


class AppointmentMovedAlready(Conflict):
    """The customer has moved the appointment as often as they may."""

    code = "appointment_moved_already"
    members = ("most",)


class District(Base):
    """Where a crew works: the accounts whose address has a part in it."""

    __tablename__ = "districts"

    code: Mapped[str] = mapped_column(primary_key=True)
    address_part: Mapped[str]
    """Of several that fit an address the longest counts; an empty one fits every address."""


class AppointmentSlot(Base):
    """How many crews a district has at a time, and how many are taken."""

    __tablename__ = "appointment_slots"
    __table_args__ = (
        ForeignKeyConstraint(["district"], ["districts.code"]),
        CheckConstraint("booked BETWEEN 0 AND capacity", name="never_overbooked"),
        CheckConstraint("starts_at < ends_at", name="has_a_length"),
    )

    district: Mapped[str] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    capacity: Mapped[int] = mapped_column(SmallInteger)
    booked: Mapped[int] = mapped_column(SmallInteger, default=0)


class OrderAppointment(Base):
    """When a crew comes for an order."""

    __tablename__ = "order_appointments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "order_id"], ["orders.organization_id", "orders.id"]
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    district: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    customer_moves: Mapped[int] = mapped_column(SmallInteger, default=0)

    def count_customer_move(self) -> None:
        """Count a move by the customer.

        :raises AppointmentMovedAlready:
        """
        if self.customer_moves >= MOST_CUSTOMER_MOVES:
            raise AppointmentMovedAlready(most=MOST_CUSTOMER_MOVES)
        self.customer_moves += 1
