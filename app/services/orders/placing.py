import json
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.access import Caller, Credentials, Permission, permitted
from app.clock import kyiv_date
from app.errors import Flaw, NotFound
from app.models.base import new_id
from app.models.idempotency_key import PendingAnswer
from app.models.orders.actions import OrderAction
from app.models.orders.answers import require_answers, require_storable
from app.models.orders.order import ANSWER_WITHIN, Order, PointMissing
from app.models.orders.order_detail import OrderDetail
from app.models.orders.order_status import OrderStatus, Side
from app.models.orders.requests import OrderChange, OrderRequest
from app.models.orders.service import Service, ServiceNotFound, ServiceVersion
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.orders.moves import LoadedOrder, OrderMoves
from app.repositories.orders.reach import ReachedAccount, ReachRepository
from app.repositories.orders.services import ServiceRepository
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlacingService:
    """Takes orders: as drafts that wait for documents, or at once."""

    context: Context

    async def place(
        self,
        credentials: Credentials,
        request: OrderRequest,
        *,
        origin: Origin,
        once: PendingAnswer[OrderDetail] | None = None,
    ) -> OrderDetail:
        """Keep a draft, or submit an order.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises NotFound: the account is not in the cabinet, or the point not on the account.
        :raises LinkScopeMissing: another company's account, without the scope for orders.
        :raises ServiceNotFound, ServiceClosed, AnswersInvalid, TooManyOrders:
        :raises HoldAfterReset: the service is not for who has just replaced the password by SMS.
        :raises DocumentsMissing, OrderOpenAlready: see `OrderMoves.register`.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = _placing(await CallerRepository(transaction).get(credentials, now=now))
            today = kyiv_date(now)
            row = await ServiceRepository(transaction).find(request.service_code, today=today)
            service = _offered(row, caller, now)
            reach = ReachRepository(transaction)
            shown = await reach.account(request.account_id, credentials, now=now)
            reached = _allowed(await reach.hold(shown, credentials))
            await _require_point(reach, request, service, reached, now)
            _require_fitting(request, service, today)
            moves = OrderMoves(transaction, now)
            await moves.require_room(reached.organization_id, request.account_id)
            order = _drafted(request, service, reached, caller, now)
            await moves.orders.add(order)
            loaded = LoadedOrder(order, service, None)
            if request.submit:
                await moves.register(loaded)
            else:
                await moves.note(order, Side.CUSTOMER)
            deed = OrderAction.ORDER_SUBMITTED if request.submit else OrderAction.ORDER_DRAFTED
            await _record(AuditWriter.of_member(transaction, credentials, origin, now), deed, order)
            detail = await moves.detail(order.key)
            await IdempotencyKeyRepository(transaction).settle(once, detail)
        return detail

    async def change(
        self, credentials: Credentials, order_id: UUID, change: OrderChange, *, origin: Origin
    ) -> OrderDetail:
        """Change what a draft, or an order that the operator asked about, says.

        :raises NotFound, LinkScopeMissing, OrderNotChangeable, AnswersInvalid:
        :raises HoldAfterReset: a thief of the number would let the money go elsewhere.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = _placing(await CallerRepository(transaction).get(credentials, now=now))
            reach, moves = ReachRepository(transaction), OrderMoves(transaction, now)
            shown = await reach.order(order_id, credentials, now=now)
            reached = _allowed(await reach.hold(shown, credentials))
            order = await reach.lock_order(reached, order_id)
            loaded = await moves.load(order)
            _require_role(caller, loaded.service)
            loaded.service.require_no_hold(caller.restraint, now)
            order.require_changeable()
            if _take_over(change, order, loaded.service, kyiv_date(now)):
                trail = AuditWriter.of_member(transaction, credentials, origin, now)
                await _record(trail, OrderAction.ORDER_CHANGED, order)
            return await moves.detail(order.key)

    async def submit(
        self,
        credentials: Credentials,
        order_id: UUID,
        *,
        origin: Origin,
        once: PendingAnswer[OrderDetail] | None = None,
    ) -> OrderDetail:
        """Submit a draft, or answer the operator's question: the clock goes on.

        :raises NotFound, LinkScopeMissing, OrderNotChangeable, AnswersInvalid, ServiceClosed:
        :raises HoldAfterReset, DocumentsMissing, OrderOpenAlready:
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = _placing(await CallerRepository(transaction).get(credentials, now=now))
            reach, moves = ReachRepository(transaction), OrderMoves(transaction, now)
            shown = await reach.order(order_id, credentials, now=now)
            reached = _allowed(await reach.hold(shown, credentials))
            order = await reach.lock_order(reached, order_id)
            loaded = await moves.load(order)
            _require_role(caller, loaded.service)
            loaded.service.require_no_hold(caller.restraint, now)
            order.require_changeable()
            require_answers(loaded.service.definition, order.answers, today=kyiv_date(now))
            if order.state is OrderStatus.DRAFT:
                row = await ServiceRepository(transaction).get(
                    order.service_code, order.service_version
                )
                _offered(row, caller, now)
                await moves.register(loaded)
            else:
                await moves.answer(loaded)
            trail = AuditWriter.of_member(transaction, credentials, origin, now)
            await _record(trail, OrderAction.ORDER_SUBMITTED, order)
            detail = await moves.detail(order.key)
            await IdempotencyKeyRepository(transaction).settle(once, detail)
        return detail


def _placing(caller: Caller | None) -> Caller:
    return permitted(caller, Permission.PLACE_METER_ORDERS)


def _require_role(caller: Caller, service: Service) -> None:
    """Let pass who may order this service; the role `metering` may order those about meters."""
    if not service.has("is_about_meters"):
        permitted(caller, Permission.PLACE_ORDERS)


def _allowed(reached: ReachedAccount | None) -> ReachedAccount:
    if reached is None:
        raise NotFound
    reached.reach.require(Permission.PLACE_ORDERS)
    return reached


def _offered(row: ServiceVersion | None, caller: Caller, now: datetime) -> Service:
    if row is None or row.definition["is_made_by_staff"]:
        raise ServiceNotFound
    service = Service.of(row)
    _require_role(caller, service)
    row.require_offered(kyiv_date(now))
    service.require_no_hold(caller.restraint, now)
    return service


async def _require_point(
    points: ReachRepository,
    request: OrderRequest,
    service: Service,
    reached: ReachedAccount,
    now: datetime,
) -> None:
    if request.metering_point_id is None:
        if service.has("needs_metering_point"):
            raise PointMissing(flaws=[Flaw("/metering_point_id", "missing")])
        return
    if not await points.has_point(
        request.metering_point_id,
        organization_id=reached.organization_id,
        account_id=request.account_id,
        today=kyiv_date(now),
    ):
        raise NotFound


def _require_fitting(request: OrderRequest, service: Service, today: date) -> None:
    if request.submit:
        require_answers(service.definition, request.answers, today=today)
    else:
        require_storable(request.answers)


def _drafted(
    request: OrderRequest,
    service: Service,
    reached: ReachedAccount,
    caller: Caller,
    now: datetime,
) -> Order:
    return Order(
        organization_id=reached.organization_id,
        id=new_id(),
        account_id=request.account_id,
        metering_point_id=request.metering_point_id,
        placed_by_organization_id=caller.organization_id,
        placed_by_member_id=caller.member_id,
        service_code=service.code,
        service_version=service.version,
        status=OrderStatus.DRAFT.value,
        answers=dict(request.answers),
        contact_name=request.contact.name,
        contact_phone=request.contact.phone,
        contact_email=request.contact.email,
        comment=request.comment,
        created_at=now,
        pauses=[],
        times_owed=0,
        lapses_on=kyiv_date(now) + ANSWER_WITHIN,
    )


def _take_over(change: OrderChange, order: Order, service: Service, today: date) -> bool:
    """Write to the order what the change says, and tell whether it says anything new.

    What it leaves out stays.

    :raises AnswersInvalid: they do not fit the form, or a draft's cannot be kept.
    """
    before = _said(order)
    if change.answers is not None:
        if order.state is OrderStatus.DRAFT:
            require_storable(change.answers)
        else:
            require_answers(service.definition, change.answers, today=today)
        order.answers = dict(change.answers)
    if change.contact is not None:
        order.contact_name = change.contact.name
        order.contact_phone = change.contact.phone
        order.contact_email = change.contact.email
    if change.comment is not None:
        order.comment = change.comment
    return _said(order) != before


def _said(order: Order) -> tuple[str | None, ...]:
    # As JSON: to Python true is 1.
    answers = json.dumps(order.answers, sort_keys=True)
    contact = (order.contact_name, order.contact_phone, order.contact_email)
    return (answers, *contact, order.comment)


async def _record(trail: AuditWriter, deed: OrderAction, order: Order) -> None:
    await trail.record(
        deed,
        subject_id=order.id,
        other_id=order.organization_id,
        number=order.number,
        service_code=order.service_code,
        status=order.status,
    )
