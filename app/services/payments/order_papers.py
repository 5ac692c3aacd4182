import hashlib
import tempfile
from asyncio import to_thread
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from app.adapters.files.storage import FileStorage, kept_unless_refused
from app.clock import kyiv_date
from app.database import Transaction
from app.errors import AppError
from app.models.base import new_id
from app.models.billing.shown import Days, StatementTooLong
from app.models.orders.actions import OrderAction
from app.models.orders.attachment import OrderAttachment
from app.models.orders.file_types import FileType
from app.models.orders.order import Order
from app.models.orders.order_status import OrderStatus, Side
from app.models.orders.service import PaperKind
from app.models.payments.papers import (
    MOST_ROWS,
    BalanceCertificate,
    Paper,
    PointPassport,
    ReconciliationAct,
)
from app.models.payments.settings import PaymentSettings
from app.models.payments.slip import Recipient
from app.repositories.audit_events import AuditWriter
from app.repositories.orders.moves import OrderMoves
from app.repositories.payments.order_papers import Key, OrderPaperRepository
from app.repositories.payments.papers import PaperRepository
from app.services.context import Context
from app.services.payments.press import PaperPress

AT_ONCE: Final = 20
"""Orders looked for at once; each is done by itself."""

log = structlog.get_logger("order_papers")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaperService:
    """Makes the paper of an order of self-service, and so does what was ordered.

    The file is kept before its row is written, and the row with the move to `done`: what is cut
    off in between leaves a file that nobody can ask for, and the order waits on.
    """

    context: Context
    press: PaperPress
    storage: FileStorage

    async def issue(self) -> int:
        """Make the papers that are waited for; tell how many.

        One that cannot be made now is tried again for a day, and then left to the staff.
        """
        async with self.context.database.begin() as transaction:
            keys = await OrderPaperRepository(transaction).waiting(
                now=self.context.clock.now(), limit=AT_ONCE
            )
        done = 0
        for key in keys:
            try:
                done += await self._issue(key)
            except AppError as refused:
                log.warning("order_paper_not_made", order=str(key[1]), code=refused.code)
        return done

    async def _issue(self, key: Key) -> bool:
        kind, paper = await self._paper(key)
        content = await self.press.print(paper)
        attachment_id = new_id()
        with tempfile.NamedTemporaryFile() as file:
            await to_thread(Path(file.name).write_bytes, content)
            async with kept_unless_refused(self.storage, attachment_id, Path(file.name)):
                is_first = await self._finish(key, attachment_id, kind, content)
        if not is_first:
            await self.storage.delete(attachment_id)
        return is_first

    async def _paper(self, key: Key) -> tuple[PaperKind, Paper]:
        today = kyiv_date(self.context.clock.now())
        async with self.context.database.begin() as transaction:
            order = await OrderPaperRepository(transaction).get(key)
            loaded = await OrderMoves(transaction, self.context.clock.now()).load(order)
            kind = loaded.service.paper
            if kind is None:
                raise ValueError("an order without a paper waits for none")
            return kind, await self._filled(transaction, order, kind, today)

    async def _filled(
        self, transaction: Transaction, order: Order, kind: PaperKind, today: date
    ) -> Paper:
        papers = OrderPaperRepository(transaction)
        account = (order.organization_id, order.account_id)
        operator = Recipient.of(self.context.settings.of(PaymentSettings))
        customer = await PaperRepository(transaction).customer(account)
        number = order.number or ""
        match kind:
            case PaperKind.BALANCE_CERTIFICATE:
                return BalanceCertificate(
                    operator=operator,
                    customer=customer,
                    balance=await papers.balance(account, customer.account_number, today),
                    as_of=today,
                    number=number,
                )
            case PaperKind.RECONCILIATION_ACT:
                days = _days(order, today)
                statement = await papers.statement(account, days, most=MOST_ROWS + 1)
                if len(statement.rows) > MOST_ROWS:
                    raise StatementTooLong(most=MOST_ROWS)
                return ReconciliationAct(
                    operator=operator, customer=customer, statement=statement, number=number
                )
            case PaperKind.POINT_PASSPORT:
                if order.metering_point_id is None:
                    raise ValueError("a passport is of a point")
                point = await papers.point((order.organization_id, order.metering_point_id))
                return PointPassport(
                    operator=operator,
                    customer=customer,
                    eic=point.eic,
                    address=point.address,
                    allowed_power_kw=point.allowed_power_kw,
                    voltage_class=point.voltage_class,
                    meters=await papers.meters(point, today),
                    as_of=today,
                    number=number,
                )

    async def _finish(self, key: Key, attachment_id: UUID, kind: PaperKind, content: bytes) -> bool:
        """Add the row of the file and move the order; False when somebody was faster."""
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            order = await OrderPaperRepository(transaction).lock(key)
            if order.state is not OrderStatus.REGISTERED:
                return False
            moves = OrderMoves(transaction, now)
            added = OrderAttachment(
                organization_id=order.organization_id,
                id=attachment_id,
                order_id=order.id,
                document_code=kind.value,
                side=Side.SYSTEM.value,
                name=f"{kind.value}-{order.number}.pdf",
                media_type=FileType.PDF.value,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                added_at=now,
            )
            await moves.attachments.add(added)
            await moves.move(await moves.load(order), OrderStatus.DONE, side=Side.SYSTEM)
            await AuditWriter.of_nobody(transaction, order.organization_id, now).record(
                OrderAction.ORDER_DOCUMENT_ADDED,
                subject_id=order.id,
                document=added.document_code,
                sha256=added.sha256,
            )
        return True


def _days(order: Order, today: date) -> Days:
    """Return the days that the form asked for.

    :raises StatementRangeInvalid:
    """
    first, last = order.answers.get("from"), order.answers.get("to")
    return Days.of(
        date.fromisoformat(first) if first else None,
        date.fromisoformat(last) if last else None,
        today=today,
    )
