from app.models.orders.appointment import AppointmentSlot
from app.schemas.base import In, Moment, Out


class AppointmentIn(In):
    starts_at: Moment


class SlotOut(Out):
    """A time at which a crew can come."""

    starts_at: Moment
    ends_at: Moment
    places_left: int

    @classmethod
    def of(cls, slot: AppointmentSlot) -> "SlotOut":
        return cls(
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            places_left=slot.capacity - slot.booked,
        )


class AppointmentOut(Out):
    """When a crew comes."""

    starts_at: Moment
    ends_at: Moment
