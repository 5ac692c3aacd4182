from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import DateTime, Text, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.models.customers.account import Account
from app.models.orders.appointment import (
    AppointmentSlot,
    District,
    OrderAppointment,
    SlotNotFound,
    SlotPast,
    SlotTaken,
)
from app.models.orders.order import Order
from app.repositories.base import Repository

MOST_LISTED: Final = 1000
"""Slots: two months of sixteen a day."""

_BOOK: Final = text("""
WITH held AS MATERIALIZED (
  SELECT district, starts_at FROM appointment_slots
   WHERE (district, starts_at) IN ((:district, :starts_at), (:old_district, :old_starts_at))
   ORDER BY district, starts_at FOR NO KEY UPDATE
), taken AS (
  UPDATE appointment_slots s SET booked = s.booked + 1
    FROM held
   WHERE s.district = :district AND s.starts_at = :starts_at AND s.booked < s.capacity
     AND held.district = s.district AND held.starts_at = s.starts_at
  RETURNING s.ends_at
), freed AS (
  UPDATE appointment_slots s SET booked = s.booked - 1
    FROM taken
   WHERE s.district = :old_district AND s.starts_at = :old_starts_at
)
SELECT ends_at FROM taken
""").bindparams(
    bindparam("district", type_=Text),
    bindparam("starts_at", type_=DateTime(timezone=True)),
    bindparam("old_district", type_=Text),
    bindparam("old_starts_at", type_=DateTime(timezone=True)),
)
"""One statement books a place and gives the old one back, or does nothing. Both rows are locked
in the order of their keys, so that two who change places do not wait in a ring."""


class AppointmentRepository(Repository):
    async def district_of(self, order: Order) -> str | None:
        """Return the district whose part the address of the order's account has."""
        return await self._session.scalar(
            select(District.code)
            .join(
                Account,
                (Account.organization_id == order.organization_id)
                & (Account.id == order.account_id),
            )
            .where(func.strpos(func.lower(Account.address), func.lower(District.address_part)) > 0)
            .order_by(func.length(District.address_part).desc(), District.code)
            .limit(1)
        )

    async def list_free(
        self, district: str, *, since: datetime, until: datetime
    ) -> Sequence[AppointmentSlot]:
        """Return the slots of a district with places left, the earliest first."""
        found = await self._session.scalars(
            select(AppointmentSlot)
            .where(
                AppointmentSlot.district == district,
                AppointmentSlot.starts_at >= since,
                AppointmentSlot.starts_at < until,
                AppointmentSlot.booked < AppointmentSlot.capacity,
            )
            .order_by(AppointmentSlot.starts_at)
            .limit(MOST_LISTED)
        )
        return found.all()

    async def of(self, order: Order) -> OrderAppointment | None:
        return await self._session.get(OrderAppointment, (order.organization_id, order.id))

    async def book(
        self, order: Order, district: str, starts_at: datetime, *, now: datetime
    ) -> OrderAppointment:
        """Book a place for an order, in place of the one that it has.

        :raises SlotNotFound, SlotPast, SlotTaken:
        """
        slot = await self._session.scalar(
            select(AppointmentSlot.ends_at).where(
                AppointmentSlot.district == district, AppointmentSlot.starts_at == starts_at
            )
        )
        if slot is None:
            raise SlotNotFound
        if starts_at <= now:
            raise SlotPast
        appointment = await self.of(order)
        if appointment is not None and (appointment.district, appointment.starts_at) == (
            district,
            starts_at,
        ):
            return appointment
        values = {
            "district": district,
            "starts_at": starts_at,
            "old_district": appointment and appointment.district,
            "old_starts_at": appointment and appointment.starts_at,
        }
        ends_at = await self._session.scalar(_BOOK, values)
        if ends_at is None:
            raise SlotTaken
        if appointment is None:
            appointment = OrderAppointment(
                organization_id=order.organization_id, order_id=order.id, customer_moves=0
            )
            self._session.add(appointment)
        appointment.district, appointment.starts_at = district, starts_at
        appointment.ends_at = ends_at
        return appointment

    async def release(self, order: Order) -> None:
        """Give an order's place back."""
        appointment = await self.of(order)
        if appointment is None:
            return
        await self._session.execute(
            update(AppointmentSlot)
            .where(
                AppointmentSlot.district == appointment.district,
                AppointmentSlot.starts_at == appointment.starts_at,
            )
            .values(booked=AppointmentSlot.booked - 1)
            .execution_options(synchronize_session=False)
        )
        await self._session.delete(appointment)

    async def set_district(self, code: str, address_part: str) -> None:
        statement = insert(District).values(code=code, address_part=address_part)
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["code"], set_={"address_part": statement.excluded.address_part}
            )
        )

    async def set_slot(
        self, district: str, starts_at: datetime, ends_at: datetime, capacity: int
    ) -> bool:
        """Set how many places a slot has; False when more are booked already."""
        statement = insert(AppointmentSlot).values(
            district=district, starts_at=starts_at, ends_at=ends_at, capacity=capacity, booked=0
        )
        done = await self._session.scalar(
            statement.on_conflict_do_update(
                index_elements=["district", "starts_at"],
                set_={"capacity": capacity, "ends_at": ends_at},
                where=AppointmentSlot.booked <= capacity,
            ).returning(AppointmentSlot.capacity)
        )
        return done is not None
