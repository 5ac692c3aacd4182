from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select

from app.models.orders.attachment import MOST_ATTACHMENTS, OrderAttachment, TooManyAttachments
from app.models.orders.order import Order
from app.repositories.base import Repository


class AttachmentRepository(Repository):
    async def list_of(self, order: Order) -> Sequence[OrderAttachment]:
        """Return the files of an order, the oldest first; there are few."""
        found = await self._session.scalars(
            select(OrderAttachment)
            .where(
                OrderAttachment.organization_id == order.organization_id,
                OrderAttachment.order_id == order.id,
            )
            .order_by(OrderAttachment.id)
        )
        return found.all()

    async def find(self, order: Order, attachment_id: UUID) -> OrderAttachment | None:
        found = await self._session.get(OrderAttachment, (order.organization_id, attachment_id))
        return found if found is not None and found.order_id == order.id else None

    async def add(self, attachment: OrderAttachment) -> None:
        self._session.add(attachment)
        await self._session.flush()

    async def add_once(self, order: Order, attachment: OrderAttachment) -> OrderAttachment:
        """Add a file of an order; return the one that says the same, if there is.

        :raises TooManyAttachments:
        """
        known = await self.list_of(order)
        said = (attachment.document_code, attachment.sha256)
        for each in known:
            if (each.document_code, each.sha256) == said:
                return each
        if len(known) >= MOST_ATTACHMENTS:
            raise TooManyAttachments(most=MOST_ATTACHMENTS)
        await self.add(attachment)
        return attachment

    async def remove(self, attachment: OrderAttachment) -> None:
        await self._session.execute(
            delete(OrderAttachment).where(
                OrderAttachment.organization_id == attachment.organization_id,
                OrderAttachment.id == attachment.id,
            )
        )
