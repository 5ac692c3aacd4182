from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy import Sequence as DatabaseSequence
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, Invalid, NotFound
from app.models.base import Base, Owned, new_id
from app.models.orders.deadline import Pause
from app.models.orders.fee import FeeStatus, OrderFee
from app.models.orders.order_status import (
    CHANGEABLE,
    ENDED,
    PAUSED,
    STOPPED,
    Fact,
    OrderNotChangeable,
    OrderStatus,
    Side,
    require_possible,
)
from app.models.orders.service import FeeKind, RunsFrom, Service

NUMBERS: Final = DatabaseSequence("order_numbers", metadata=Base.metadata)
MOST_OPEN: Final = 200
"""Orders of one account that have not ended, drafts included."""
MOST_PAUSES: Final = 100
"""An order that was asked about more often is a case for a talk."""
ANSWER_WITHIN: Final = timedelta(days=30)
"""A draft, a question or a bill that nobody answers lapses after this."""
ACT_ACCEPTED_AFTER: Final = timedelta(days=10)
"""Silence about an act means that it is accepted (the contract's usual term)."""


class OrderNumberUnknown(NotFound):
    """No order has this number."""

    code = "order_not_found"


class CommentMissing(Invalid):
    """The customer has to be told why: what is asked for, or by which act an order is rejected."""

    code = "order_comment_missing"


class QuoteInvalid(Invalid):
    """No sum, or a last day that has passed."""

    code = "quote_invalid"


class AlreadyThere(Conflict):
    """The order has that status already; nothing is done twice."""

    code = "order_status_same"


class OrderOpenAlready(Conflict):
    """The same service is open for the same point, or account."""

    code = "order_open_already"
    members = ("order_id",)


class PointMissing(Invalid):
    """The service is about one metering point, and none is named."""

    code = "metering_point_missing"


class TooManyOrders(Conflict):
    """So many orders of one account have not ended."""

    code = "too_many_orders"
    members = ("most",)


class DocumentsMissing(Conflict):
    """Documents that the service wants have not been attached."""

    code = "documents_missing"
    members = ("documents", "any_of")


class Order(Owned, Base):
    """What a customer wants done about an account; the account's company owns the row."""

    __tablename__ = "orders"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "metering_point_id"],
            ["metering_points.organization_id", "metering_points.id"],
        ),
        ForeignKeyConstraint(
            ["organization_id", "follows_id"], ["orders.organization_id", "orders.id"]
        ),
        Index("ix_orders_account", "organization_id", "account_id"),
        Index(
            "uq_orders_open",
            "organization_id",
            "service_code",
            "only_one_for",
            unique=True,
            postgresql_where=text("only_one_for IS NOT NULL"),
        ),
        Index("ix_orders_number", "number", postgresql_where=text("number IS NOT NULL")),
        Index(
            "ix_orders_due",
            "due_shifted_on",
            postgresql_where=text("overdue_on IS NULL AND due_shifted_on IS NOT NULL"),
        ),
        Index(
            "ix_orders_owed_again",
            "owed_again_after",
            postgresql_where=text("owed_again_after IS NOT NULL"),
        ),
        Index("ix_orders_lapsing", "lapses_on", postgresql_where=text("lapses_on IS NOT NULL")),
    )

    account_id: Mapped[UUID]
    metering_point_id: Mapped[UUID | None]
    placed_by_organization_id: Mapped[UUID]
    placed_by_member_id: Mapped[UUID]
    number: Mapped[str | None]
    """Given when it is submitted; ASCII, because it stands in payment purposes."""
    service_code: Mapped[str]
    service_version: Mapped[int]
    """The entry of the catalogue that it was placed by; entries are never deleted."""
    status: Mapped[str]
    answers: Mapped[dict[str, Any]]
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    contact_email: Mapped[str | None]
    comment: Mapped[str | None]
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    only_one_for: Mapped[UUID | None]
    """The point or account that may have one open order of the service; None when it may have
    more, or this one is not open."""
    term_days: Mapped[int | None]
    """The operator's term, of the answers as they were when it was submitted."""
    started_on: Mapped[date | None]
    """The day of the event from which the term runs; that day itself is not counted."""
    stopped_on: Mapped[date | None]
    pauses: Mapped[list[list[str | None]]] = mapped_column(JSONB)
    """First and last day of each, the last one None while it lasts; see `Pause`."""
    due_shifted_on: Mapped[date | None]
    """The last day of the term, as far as it is known: none while it is paused."""
    overdue_on: Mapped[date | None]
    """The day on which it was found to be late."""
    times_owed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How often the operator has owed a compensation for it."""
    owed_again_after: Mapped[date | None]
    """The day after which the compensation that repeats is owed again."""
    follows_id: Mapped[UUID | None]
    """The order after which the operator's staff has opened this one."""
    lapses_on: Mapped[date | None]
    """The day on which it moves on if the customer does nothing."""

    @property
    def key(self) -> tuple[UUID, UUID]:
        return self.organization_id, self.id

    @property
    def state(self) -> OrderStatus:
        return OrderStatus(self.status)

    @property
    def all_pauses(self) -> tuple[Pause, ...]:
        return tuple(
            Pause(date.fromisoformat(since), date.fromisoformat(until) if until else None)
            for since, until in self.pauses
            if since is not None
        )

    @property
    def is_paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    def require_changeable(self) -> None:
        """Let pass an order whose answers and attachments the customer may change.

        :raises OrderNotChangeable:
        """
        if self.state not in CHANGEABLE:
            raise OrderNotChangeable(order_status=self.status, possible=[])

    def facts(self, service: Service, fee: OrderFee | None) -> frozenset[Fact]:
        """Return what holds of the order, for the table of transitions."""
        is_paid = fee is not None and fee.status == FeeStatus.PAID
        is_free = not is_paid and self._is_free(service)
        unpaid = {FeeKind.FIXED: Fact.UNPAID_FIXED, FeeKind.CALCULATED: Fact.UNPAID_CALCULATED}
        found = {
            Fact.PAID: is_paid,
            Fact.UNPAID: not is_paid,
            Fact.FREE: is_free,
            Fact.SETTLED: is_free or is_paid,
            Fact.HAS_APPOINTMENT: service.has("has_appointment"),
            Fact.HAS_ACT: service.has("has_act"),
            Fact.IS_SELF_SERVICE: service.has("is_self_service"),
        }
        if not is_free and not is_paid:
            found[unpaid[service.fee_kind]] = True
        return frozenset(fact for fact, holds in found.items() if holds)

    def move(
        self,
        target: OrderStatus,
        *,
        side: Side,
        service: Service,
        fee: OrderFee | None,
        today: date,
    ) -> None:
        """Move the order, and start, pause, go on with or stop its clock.

        :raises OrderNotChangeable: the table does not allow it.
        """
        require_possible(self.state, target, side, self.facts(service, fee))
        self.status = target.value
        self._run_clock(target, service, today)
        self.lapses_on = _lapse(target, fee, today)
        if target in ENDED:
            self.only_one_for = None

    def followed_by(
        self, service: Service, answers: Mapping[str, Any], *, now: datetime
    ) -> "Order":
        """Return a draft that the staff opens after this order, for the same customer."""
        return Order(
            organization_id=self.organization_id,
            id=new_id(),
            account_id=self.account_id,
            metering_point_id=self.metering_point_id,
            placed_by_organization_id=self.placed_by_organization_id,
            placed_by_member_id=self.placed_by_member_id,
            follows_id=self.id,
            service_code=service.code,
            service_version=service.version,
            status=OrderStatus.DRAFT.value,
            answers=dict(answers),
            contact_name=self.contact_name,
            contact_phone=self.contact_phone,
            contact_email=self.contact_email,
            created_at=now,
            pauses=[],
            times_owed=0,
        )

    def _is_free(self, service: Service) -> bool:
        if service.fee_kind is FeeKind.CALCULATED:
            return False
        return service.fee(self.answers) is None

    def _run_clock(self, target: OrderStatus, service: Service, today: date) -> None:
        event = {RunsFrom.REGISTERED: OrderStatus.REGISTERED, RunsFrom.PAID: OrderStatus.PAID}
        if self.started_on is None:
            self.started_on = today if target is event[service.runs_from] else None
        if target in STOPPED:
            self._resume(today)
            self.stopped_on = self.stopped_on or today
        elif target in PAUSED and (
            service.has("pauses_for_customer") or target is not OrderStatus.NEEDS_INFO
        ):
            self._pause(today)
        else:
            self._resume(today)

    def _pause(self, today: date) -> None:
        if self.started_on is None or self.is_paused:
            return
        if len(self.pauses) >= MOST_PAUSES:
            raise OrderNotChangeable(order_status=self.status, possible=[])
        self.pauses = [*self.pauses, [today.isoformat(), None]]

    def _resume(self, today: date) -> None:
        if self.is_paused:
            *before, (since, _) = self.pauses
            self.pauses = [*before, [since, today.isoformat()]]


def _lapse(target: OrderStatus, fee: OrderFee | None, today: date) -> date | None:
    match target:
        case OrderStatus.DRAFT | OrderStatus.NEEDS_INFO:
            return today + ANSWER_WITHIN
        case OrderStatus.QUOTED | OrderStatus.AWAITING_PAYMENT:
            until = fee.valid_until if fee else None
            return until + timedelta(days=1) if until else today + ANSWER_WITHIN
        case OrderStatus.DONE:
            return today + ACT_ACCEPTED_AFTER
    return None
