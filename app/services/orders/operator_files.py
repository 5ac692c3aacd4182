from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from app.adapters.files.intake import FileIntake, IncomingFile
from app.adapters.files.storage import FileStorage, kept_unless_refused
from app.clock import Clock
from app.database import Database
from app.models.base import new_id
from app.models.orders.actions import OrderAction
from app.models.orders.attachment import ACT, OrderAttachment
from app.models.orders.order import OrderNumberUnknown
from app.models.orders.order_status import Side
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.orders.attachments import AttachmentRepository
from app.repositories.orders.orders import OrderRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorFileService:
    """Adds the act of what was done to an order."""

    database: Database
    clock: Clock
    intake: FileIntake
    storage: FileStorage

    async def add_act(
        self, number: str, source: BinaryIO, name: str, *, act: OperatorAct
    ) -> OrderAttachment:
        """Keep a file that the customer can download; the same bytes again are the same file.

        :raises OrderNumberUnknown, TooManyAttachments:
        :raises FileTooLarge, FileEmpty, FileTypeRefused, ImageUnreadable:
        :raises FileInfected, ScannerUnavailable:
        """
        async with self.intake.take_in(source, name) as incoming:
            attachment_id = new_id()
            async with kept_unless_refused(self.storage, attachment_id, incoming.path):
                kept = await self._record(number, attachment_id, incoming, act)
        if kept.id != attachment_id:
            await self.storage.delete(attachment_id)
        return kept

    async def _record(
        self, number: str, attachment_id: UUID, incoming: IncomingFile, act: OperatorAct
    ) -> OrderAttachment:
        now = self.clock.now()
        async with self.database.begin() as transaction:
            order = await OrderRepository(transaction).lock_by_number(number)
            if order is None:
                raise OrderNumberUnknown
            added = incoming.attached_to(order, attachment_id, ACT, by=Side.OPERATOR, now=now)
            kept = await AttachmentRepository(transaction).add_once(order, added)
            if kept is added:
                await AuditWriter.of_operator(transaction, act, order.organization_id, now).record(
                    OrderAction.ORDER_DOCUMENT_ADDED,
                    subject_id=order.id,
                    document=ACT,
                    sha256=added.sha256,
                )
        return kept
