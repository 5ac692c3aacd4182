from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.adapters.files.intake import FileIntake, IncomingFile
from app.adapters.files.storage import FileMissing, FileStorage, kept_unless_refused
from app.database import Transaction
from app.errors import NotFound
from app.models.base import new_id
from app.models.orders.actions import OrderAction
from app.models.orders.attachment import (
    ACT,
    DocumentUnknown,
    OrderAttachment,
)
from app.models.orders.order_status import Side
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.orders.attachments import AttachmentRepository
from app.repositories.orders.moves import LoadedOrder, OrderMoves
from app.repositories.orders.reach import ReachRepository
from app.services.context import Context


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on its way to whoever asked for it."""

    attachment: OrderAttachment
    pieces: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentService:
    """Takes, shows and drops the documents of orders.

    A file is kept before its row is written: what is cut off in between leaves a file that nobody
    can ask for, and never a row without its file.
    """

    context: Context
    intake: FileIntake
    storage: FileStorage

    async def add(
        self,
        credentials: Credentials,
        order_id: UUID,
        *,
        document_code: str,
        source: BinaryIO,
        name: str | None,
        origin: Origin,
    ) -> OrderAttachment:
        """Attach a document to a draft, or to an order that the operator has asked about.

        The same bytes as the same document are one attachment, however often they are sent.

        :raises NotFound, LinkScopeMissing, PermissionMissing, OrderNotChangeable:
        :raises HoldAfterReset: a letter of a thief of the number could send money elsewhere.
        :raises DocumentUnknown, TooManyAttachments:
        :raises FileTooLarge, FileEmpty, FileTypeRefused, ImageUnreadable:
        :raises FileInfected, ScannerUnavailable:
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            # Asked before the file is looked at, and again when it is kept.
            await _changeable(transaction, credentials, order_id, document_code, now)
        async with self.intake.take_in(source, name) as incoming:
            attachment_id = new_id()
            async with kept_unless_refused(self.storage, attachment_id, incoming.path):
                kept = await self._record(
                    credentials, order_id, (attachment_id, document_code, incoming), origin, now
                )
        if kept.id != attachment_id:
            await self.storage.delete(attachment_id)
        return kept

    async def open(
        self, credentials: Credentials, order_id: UUID, attachment_id: UUID
    ) -> StoredFile:
        """Return a document with its bytes.

        :raises NotFound, LinkScopeMissing, PermissionMissing:
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            permitted(
                await CallerRepository(transaction).see(credentials, now=now),
                Permission.VIEW_ORDERS,
            )
            reach = ReachRepository(transaction)
            reached = await reach.order(order_id, credentials, now=now)
            if reached is None:
                raise NotFound
            reached.reach.require(Permission.VIEW_ORDERS)
            order = await reach.get_order(reached, order_id)
            found = await AttachmentRepository(transaction).find(order, attachment_id)
        if found is None:
            raise NotFound
        try:
            return StoredFile(found, await self.storage.open(found.id))
        except FileMissing:
            raise NotFound from None

    async def remove(
        self, credentials: Credentials, order_id: UUID, attachment_id: UUID, *, origin: Origin
    ) -> None:
        """Drop a document of a draft, or of an order that the operator has asked about.

        :raises NotFound, LinkScopeMissing, PermissionMissing, OrderNotChangeable, HoldAfterReset:
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            loaded = await _changeable(transaction, credentials, order_id, None, now)
            files = AttachmentRepository(transaction)
            found = await files.find(loaded.order, attachment_id)
            if found is None or found.side != Side.CUSTOMER:
                raise NotFound
            await files.remove(found)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                OrderAction.ORDER_DOCUMENT_REMOVED,
                subject_id=order_id,
                other_id=loaded.order.organization_id,
                document=found.document_code,
            )
        await self.storage.delete(attachment_id)

    async def _record(
        self,
        credentials: Credentials,
        order_id: UUID,
        file: tuple[UUID, str, IncomingFile],
        origin: Origin,
        now: datetime,
    ) -> OrderAttachment:
        """Add the row of a file that is kept; return the one that says the same, if there is."""
        attachment_id, document_code, incoming = file
        async with self.context.database.begin() as transaction:
            loaded = await _changeable(transaction, credentials, order_id, document_code, now)
            added = incoming.attached_to(
                loaded.order, attachment_id, document_code, by=Side.CUSTOMER, now=now
            )
            kept = await AttachmentRepository(transaction).add_once(loaded.order, added)
            if kept is added:
                await AuditWriter.of_member(transaction, credentials, origin, now).record(
                    OrderAction.ORDER_DOCUMENT_ADDED,
                    subject_id=order_id,
                    other_id=loaded.order.organization_id,
                    document=document_code,
                    sha256=added.sha256,
                )
        return kept


async def _changeable(
    transaction: Transaction,
    credentials: Credentials,
    order_id: UUID,
    document_code: str | None,
    now: datetime,
) -> LoadedOrder:
    caller = permitted(
        await CallerRepository(transaction).get(credentials, now=now), Permission.PLACE_METER_ORDERS
    )
    reach = ReachRepository(transaction)
    reached = await reach.hold(await reach.order(order_id, credentials, now=now), credentials)
    if reached is None:
        raise NotFound
    reached.reach.require(Permission.PLACE_ORDERS)
    loaded = await OrderMoves(transaction, now).load(await reach.lock_order(reached, order_id))
    if not loaded.service.has("is_about_meters"):
        permitted(caller, Permission.PLACE_ORDERS)
    loaded.service.require_no_hold(caller.restraint, now)
    loaded.order.require_changeable()
    if document_code is not None and (
        document_code == ACT or not loaded.service.takes_document(document_code)
    ):
        raise DocumentUnknown
    return loaded
