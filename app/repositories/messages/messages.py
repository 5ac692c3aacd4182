from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, bindparam, func, insert, select

from app.metrics import Waiting
from app.models.customers.organization import Organization
from app.models.messages.code_challenge import CodeChallenge
from app.models.messages.message import Delivery, Message
from app.repositories.base import Repository
from app.repositories.jobs import JobRepository
from app.repositories.messages.jobs import CHECK_MESSAGE, SEND_MESSAGE


@dataclass(frozen=True, slots=True)
class Company:
    """What a message says of the company that it is about."""

    name: str
    tax_id: str


class MessageRepository(Repository):
    async def queue(self, message: Message) -> None:
        """Add a message and the job that sends it: both commit, or neither."""
        self._session.add(message)
        await JobRepository(self._session).enqueue(SEND_MESSAGE, message.id)

    async def queue_all(self, messages: Iterable[Message]) -> None:
        for message in messages:
            await self.queue(message)

    async def queue_if(self, message: Message, *, is_wanted: bool) -> None:
        """Queue a message, or do the very same work and keep none (A3).

        The statements are the same, so their time tells nobody whether there is anybody to send
        it to. The job of a message that was not kept finds nothing to do.
        """
        columns = list(Message.__table__.columns)
        values = [
            bindparam(column.name, getattr(message, column.name), type_=column.type)
            for column in columns
        ]
        kept = select(*values).where(bindparam("is_wanted", is_wanted, type_=Boolean))
        await self._session.execute(insert(Message).from_select(columns, kept))
        await JobRepository(self._session).enqueue(SEND_MESSAGE, message.id)

    async def schedule(self, message: Message, *, now: datetime) -> None:
        """Enqueue the next job of a message for when it is due; none if it is settled."""
        if message.due_at is None:
            return
        job = SEND_MESSAGE if message.status == Delivery.QUEUED else CHECK_MESSAGE
        await JobRepository(self._session).enqueue(job, message.id, after=message.due_at - now)

    async def lock(self, message_id: UUID) -> Message | None:
        return await self._session.get(Message, message_id, with_for_update={"key_share": True})

    async def challenge_of(self, message: Message) -> CodeChallenge | None:
        """Return the challenge whose code the message carries, locked; None for a notice.

        Locked, because two workers in the middle of a change of keys must note the same key.
        """
        if message.challenge_id is None:
            return None
        return await self._session.get_one(
            CodeChallenge, message.challenge_id, with_for_update={"key_share": True}
        )

    async def company_of(self, message: Message) -> Company | None:
        """Return the company that a message is about, as far as its text needs it."""
        row = (
            await self._session.execute(
                select(Organization.name, Organization.tax_id).where(
                    Organization.id == message.organization_id
                )
            )
        ).one_or_none()
        return None if row is None else Company(*row)

    async def list_due(self, now: datetime, *, limit: int) -> Sequence[Message]:
        """Return messages nobody has looked at in time, those waiting longest first."""
        statement = select(Message).where(Message.due_at <= now).order_by(Message.due_at)
        return (await self._session.scalars(statement.limit(limit))).all()

    async def waiting(self, now: datetime) -> Waiting:
        """Return how many messages have not left, and since when."""
        statement = select(func.count(), func.min(Message.created_at)).where(
            Message.due_at.is_not(None), Message.status == Delivery.QUEUED
        )
        count, oldest = (await self._session.execute(statement)).one()
        return Waiting(count, (now - oldest).total_seconds() if count else 0)
