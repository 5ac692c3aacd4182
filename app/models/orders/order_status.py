"""The statuses of an order, and the one table of who moves it from which to which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.errors import Conflict


class OrderStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    REGISTERED = "registered"
    NEEDS_INFO = "needs_info"
    QUOTED = "quoted"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    ACT_SIGNED = "act_signed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Side(StrEnum):
    """Who moves an order."""

    CUSTOMER = "customer"
    OPERATOR = "operator"
    SYSTEM = "system"


class Fact(StrEnum):
    """What may have to hold for a move."""

    SETTLED = "settled"
    """Nothing is left to be paid: the order is free, or paid."""
    FREE = "free"
    PAID = "paid"
    UNPAID_FIXED = "unpaid_fixed"
    """A fixed fee that has not been paid."""
    UNPAID_CALCULATED = "unpaid_calculated"
    """A fee that the operator calculates, and that has not been paid."""
    UNPAID = "unpaid"
    """Not paid, or nothing to pay."""
    HAS_APPOINTMENT = "has_appointment"
    HAS_ACT = "has_act"
    IS_SELF_SERVICE = "is_self_service"


CUSTOMER, OPERATOR, SYSTEM = Side.CUSTOMER, Side.OPERATOR, Side.SYSTEM
S: Final = OrderStatus


@dataclass(frozen=True, slots=True)
class Transition:
    """One way from a status to another: by whom, and what has to hold."""

    source: OrderStatus
    target: OrderStatus
    by: frozenset[Side]
    needs: frozenset[Fact]


def _way(
    source: OrderStatus, target: OrderStatus, *by: Side, needs: Iterable[Fact] = ()
) -> Transition:
    return Transition(source, target, frozenset(by), frozenset(needs))


TRANSITIONS: Final = (
    # The operator: only what the staff opens itself; a customer's draft has no number to name.
    _way(S.DRAFT, S.SUBMITTED, CUSTOMER, OPERATOR),
    _way(S.DRAFT, S.CANCELLED, CUSTOMER),
    _way(S.DRAFT, S.EXPIRED, SYSTEM),
    _way(S.SUBMITTED, S.REGISTERED, SYSTEM),
    _way(S.SUBMITTED, S.CANCELLED, CUSTOMER),
    _way(S.REGISTERED, S.NEEDS_INFO, OPERATOR),
    _way(S.REGISTERED, S.QUOTED, OPERATOR, needs=[Fact.UNPAID_CALCULATED]),
    _way(S.REGISTERED, S.AWAITING_PAYMENT, SYSTEM, needs=[Fact.UNPAID_FIXED]),
    _way(
        S.REGISTERED,
        S.SCHEDULED,
        CUSTOMER,
        OPERATOR,
        needs=[Fact.SETTLED, Fact.HAS_APPOINTMENT],
    ),
    _way(S.REGISTERED, S.IN_PROGRESS, OPERATOR, needs=[Fact.SETTLED]),
    _way(S.REGISTERED, S.DONE, SYSTEM, needs=[Fact.SETTLED, Fact.IS_SELF_SERVICE]),
    _way(S.REGISTERED, S.REJECTED, OPERATOR),
    _way(S.REGISTERED, S.CANCELLED, CUSTOMER),
    _way(S.NEEDS_INFO, S.REGISTERED, CUSTOMER, OPERATOR, needs=[Fact.UNPAID]),
    _way(S.NEEDS_INFO, S.PAID, CUSTOMER, OPERATOR, needs=[Fact.PAID]),
    _way(S.NEEDS_INFO, S.REJECTED, OPERATOR),
    _way(S.NEEDS_INFO, S.CANCELLED, CUSTOMER),
    _way(S.NEEDS_INFO, S.EXPIRED, SYSTEM),
    _way(S.QUOTED, S.REGISTERED, OPERATOR),
    _way(S.QUOTED, S.AWAITING_PAYMENT, CUSTOMER),
    _way(S.QUOTED, S.REJECTED, OPERATOR),
    _way(S.QUOTED, S.CANCELLED, CUSTOMER),
    _way(S.QUOTED, S.EXPIRED, SYSTEM),
    _way(S.AWAITING_PAYMENT, S.PAID, SYSTEM, needs=[Fact.PAID]),
    _way(S.AWAITING_PAYMENT, S.REJECTED, OPERATOR),
    _way(S.AWAITING_PAYMENT, S.CANCELLED, CUSTOMER),
    _way(S.AWAITING_PAYMENT, S.EXPIRED, SYSTEM),
    _way(S.PAID, S.NEEDS_INFO, OPERATOR),
    _way(S.PAID, S.SCHEDULED, CUSTOMER, OPERATOR, needs=[Fact.HAS_APPOINTMENT]),
    _way(S.PAID, S.IN_PROGRESS, OPERATOR),
    _way(S.PAID, S.REJECTED, OPERATOR),
    _way(S.PAID, S.CANCELLED, CUSTOMER),
    _way(S.SCHEDULED, S.REGISTERED, CUSTOMER, OPERATOR, needs=[Fact.FREE]),
    _way(S.SCHEDULED, S.PAID, CUSTOMER, OPERATOR, needs=[Fact.PAID]),
    _way(S.SCHEDULED, S.IN_PROGRESS, OPERATOR),
    _way(S.SCHEDULED, S.REJECTED, OPERATOR),
    _way(S.SCHEDULED, S.CANCELLED, CUSTOMER),
    _way(S.IN_PROGRESS, S.DONE, OPERATOR),
    _way(S.IN_PROGRESS, S.REJECTED, OPERATOR),
    _way(S.DONE, S.ACT_SIGNED, CUSTOMER, OPERATOR, SYSTEM, needs=[Fact.HAS_ACT]),
)
"""What routes, commands, texts and tests share. What is not here is refused."""

ENDED: Final = frozenset({S.ACT_SIGNED, S.REJECTED, S.CANCELLED, S.EXPIRED})
"""Nothing more becomes of it."""
STOPPED: Final = ENDED | {S.DONE}
"""The operator's term runs no longer."""
PAUSED: Final = frozenset({S.NEEDS_INFO, S.QUOTED, S.AWAITING_PAYMENT})
"""The customer is waited for."""
CHANGEABLE: Final = frozenset({S.DRAFT, S.NEEDS_INFO})
"""The customer may change answers and attachments."""


class OrderNotChangeable(Conflict):
    """The order's status forbids it to this side; the problem names what is possible."""

    code = "order_not_changeable"
    members = ("order_status", "possible")


def possible(
    source: OrderStatus, side: Side, facts: frozenset[Fact]
) -> Mapping[OrderStatus, Transition]:
    """Return where a side may move an order to, as things are."""
    return {
        way.target: way
        for way in TRANSITIONS
        if way.source is source and side in way.by and way.needs <= facts
    }


def require_possible(
    source: OrderStatus, target: OrderStatus, side: Side, facts: frozenset[Fact]
) -> None:
    """Let pass a move that the table allows.

    :raises OrderNotChangeable: with the statuses that the side can move it to.
    """
    ways = possible(source, side, facts)
    if target not in ways:
        raise OrderNotChangeable(
            order_status=source.value, possible=[each.value for each in sorted(ways)]
        )
