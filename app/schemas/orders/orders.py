import datetime as dt
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.models.money import ZERO
from app.models.orders.compensation import CompensationStatus
from app.models.orders.deadline import DayUnit
from app.models.orders.fee import FeeStatus
from app.models.orders.order_clock import ClockState, OrderClock
from app.models.orders.order_detail import OrderDetail, OrderSummary
from app.models.orders.order_status import ENDED, OrderStatus, Side
from app.models.orders.texts import localized
from app.schemas.base import Moment, Out
from app.schemas.customers.organizations import OrganizationOut
from app.schemas.orders.appointments import AppointmentOut
from app.schemas.orders.attachments import OrderAttachmentOut
from app.schemas.orders.services import BasisOut
from app.texts import Locale, say

BY_CUSTOMER = frozenset(
    {
        OrderStatus.DRAFT,
        OrderStatus.NEEDS_INFO,
        OrderStatus.QUOTED,
        OrderStatus.AWAITING_PAYMENT,
        OrderStatus.DONE,
    }
)
"""In these the next step is the customer's."""


class OrderedServiceOut(Out):
    code: str
    title: str


class OrderAccountOut(Out):
    id: UUID
    account_number: str
    address: str
    organization: OrganizationOut


class OrderPointOut(Out):
    id: UUID
    eic: str


class NextStepOut(Out):
    by: Literal["customer", "operator"]
    detail: str


class OrderFeeOut(Out):
    amount: str = Field(description="With VAT", examples=["1800.00"])
    vat: str
    currency: Literal["UAH"]
    status: FeeStatus
    valid_until: dt.date | None = Field(description="The last day to accept a quoted sum")


class OrderCompensationOut(Out):
    """What the operator owes for being late, all times together."""

    amount: str | None = Field(description="Hryvnias", examples=["400.00"])
    currency: Literal["UAH"] | None
    status: CompensationStatus = Field(
        description="`credited`: all of it stands on the account as an advance"
    )
    posting_id: UUID | None = Field(description="The entry that credited the latest part")


class OrderClockOut(Out):
    """How long the operator may take, and how much of it is used."""

    state: ClockState
    started_on: dt.date | None = Field(description="The day of the event; it is not counted")
    due_on: dt.date | None = Field(description="The last day as counted")
    due_on_shifted: dt.date | None = Field(
        description="The next working day, if the last one is a day off; later is late"
    )
    days_allowed: int
    unit: DayUnit
    days_used: int = Field(description="Days that have begun, without pauses")
    basis: BasisOut
    compensation: OrderCompensationOut


class OrderEventOut(Out):
    at: Moment
    status: OrderStatus
    by: Side
    comment: str | None


class OrderMessageOut(Out):
    id: UUID
    by: Side
    text: str
    sent_at: Moment
    read_at: Moment | None = Field(description="When the other side read it")


class OrderContactOut(Out):
    name: str
    phone: str
    email: str | None


class OrderSummaryOut(Out):
    id: UUID
    number: str | None = Field(examples=["Z-2026-000123"])
    service: OrderedServiceOut
    account: OrderAccountOut
    metering_point: OrderPointOut | None
    status: OrderStatus
    next_step: NextStepOut | None
    fee: OrderFeeOut | None
    invoice_id: UUID | None
    clock: OrderClockOut
    created_at: Moment
    submitted_at: Moment | None

    @classmethod
    def of(cls, summary: OrderSummary, locale: Locale) -> "OrderSummaryOut":
        return cls.model_validate(_fields(summary, locale))


class OrderOut(OrderSummaryOut):
    answers: dict[str, Any]
    contact: OrderContactOut
    comment: str | None
    follows_id: UUID | None = Field(
        description="The order after which the operator has opened this one"
    )
    attachments: list[OrderAttachmentOut]
    appointment: AppointmentOut | None
    messages: list[OrderMessageOut]
    history: list[OrderEventOut]

    @classmethod
    def of_detail(cls, detail: OrderDetail, locale: Locale) -> "OrderOut":
        order = detail.order
        return cls.model_validate(
            {
                **_fields(detail, locale),
                "answers": order.answers,
                "comment": order.comment,
                "follows_id": order.follows_id,
                "contact": {
                    "name": order.contact_name,
                    "phone": order.contact_phone,
                    "email": order.contact_email,
                },
                "appointment": detail.appointment
                and {
                    "starts_at": detail.appointment.starts_at,
                    "ends_at": detail.appointment.ends_at,
                },
                "attachments": [OrderAttachmentOut.of(each) for each in detail.attachments],
                "messages": [
                    {
                        "id": each.id,
                        "by": each.side,
                        "text": each.text,
                        "sent_at": each.sent_at,
                        "read_at": each.read_at,
                    }
                    for each in detail.messages
                ],
                "history": [
                    {
                        "at": each.happened_at,
                        "status": each.status,
                        "by": each.side,
                        "comment": each.comment,
                    }
                    for each in detail.events
                ],
                "clock": _clock(detail, locale) | {"compensation": _compensation(detail)},
            }
        )


def _fields(summary: OrderSummary, locale: Locale) -> dict[str, Any]:
    order, on = summary.order, summary.on_account
    fee = summary.fee
    return {
        "id": order.id,
        "number": order.number,
        "service": {
            "code": order.service_code,
            "title": localized(summary.service.definition["title"], locale),
        },
        "account": {
            "id": order.account_id,
            "account_number": on.account_number,
            "address": on.address,
            "organization": {"tax_id": on.tax_id, "name": on.organization_name},
        },
        "metering_point": {"id": order.metering_point_id, "eic": on.eic} if on.eic else None,
        "status": order.status,
        "next_step": _next_step(order.state, locale),
        "fee": fee
        and {
            "amount": str(fee.amount),
            "vat": str(fee.vat),
            "currency": "UAH",
            "status": fee.status,
            "valid_until": fee.valid_until,
        },
        "invoice_id": fee and fee.invoice_id,
        "clock": _clock(summary, locale),
        "created_at": order.created_at,
        "submitted_at": order.submitted_at,
    }


def _next_step(status: OrderStatus, locale: Locale) -> dict[str, str] | None:
    if status in ENDED:
        return None
    by = Side.CUSTOMER if status in BY_CUSTOMER else Side.OPERATOR
    return {"by": by.value, "detail": say(f"order.next.{status.value}", locale)}


def _clock(summary: OrderSummary, locale: Locale) -> dict[str, Any]:
    clock: OrderClock = summary.clock
    return {
        "state": clock.state,
        "started_on": clock.started_on,
        "due_on": clock.due and clock.due.due_on,
        "due_on_shifted": clock.due and clock.due.shifted_on,
        "days_allowed": clock.term.days,
        "unit": clock.term.unit,
        "days_used": clock.days_used,
        "basis": localized(summary.service.definition["deadline"]["basis"], locale),
        "compensation": {
            "amount": None,
            "currency": None,
            "status": "due" if summary.order.overdue_on else "none",
            "posting_id": None,
        },
    }


def _compensation(detail: OrderDetail) -> dict[str, Any]:
    if not detail.compensations:
        return {"amount": None, "currency": None, "status": "none", "posting_id": None}
    *_, last = detail.compensations
    credited = all(row.status == CompensationStatus.CREDITED for row in detail.compensations)
    return {
        "amount": str(sum((row.amount for row in detail.compensations), ZERO)),
        "currency": "UAH",
        "status": CompensationStatus.CREDITED if credited else CompensationStatus.DUE,
        "posting_id": last.posting_id,
    }
