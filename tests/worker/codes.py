"""A code on its way, as sign-up leaves it: challenge, message and job in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from app.database import Database
from app.models.base import new_id
from app.models.messages.code_challenge import CodeChallenge, Purpose
from app.models.messages.message import Message
from app.repositories.messages.messages import MessageRepository
from app.security.secrets import SecretKey
from tests.conftest import SECRET

PHONE = "+380671234588"


@dataclass
class Underway:
    challenge: CodeChallenge
    message: Message

    @property
    def code(self) -> str:
        return SecretKey(SECRET).code(
            challenge_id=self.challenge.id,
            purpose=self.challenge.purpose,
            phone=self.challenge.phone,
            length=self.challenge.length,
        )


def new_challenge(*, now: datetime, phone: str = PHONE) -> CodeChallenge:
    return CodeChallenge.issue(
        organization_id=new_id(), purpose=Purpose.SIGN_UP, subject_id=new_id(), phone=phone, now=now
    )


async def issue_code(database: Database, *, now: datetime, phone: str = PHONE) -> Underway:
    challenge = new_challenge(now=now, phone=phone)
    message = Message.carrying(challenge, locale="uk", now=now)
    async with database.begin() as transaction:
        transaction.add(challenge)
        await MessageRepository(transaction).queue(message)
    return Underway(challenge, message)


async def resend_code(database: Database, underway: Underway, *, now: datetime) -> Message:
    async with database.begin() as transaction:
        challenge = await transaction.get_one(CodeChallenge, underway.challenge.id)
        challenge.resend(now)
        message = Message.carrying(challenge, locale="uk", now=now)
        await MessageRepository(transaction).queue(message)
    return message


async def look_up(database: Database, underway: Underway) -> Message:
    async with database.begin() as transaction:
        return await transaction.get_one(Message, underway.message.id)
