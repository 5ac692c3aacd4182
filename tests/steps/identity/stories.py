"""What people do with the cabinet, step by step, over HTTP."""

from dataclasses import dataclass
from typing import Any

from httpx import AsyncClient, Response
from sqlalchemy import select

from app.database import Database
from app.models.messages.code_challenge import CodeChallenge
from app.models.messages.message import Message
from app.services.messages.delivery import MessageService
from tests.factories.people import PASSWORD, new_phone
from tests.factories.registry import Company
from tests.fakes.sms_gateway import FakeSmsGateway


@dataclass
class Story:
    client: AsyncClient
    database: Database
    messages: MessageService
    gateway: FakeSmsGateway

    async def start_sign_up(self, company: Company, **changes: Any) -> Response:
        body = {
            "phone": new_phone(),
            "account_number": company.account.account_number,
            "tax_id": company.organization.tax_id,
            "password": PASSWORD,
        }
        return await self.client.post("/v1/sign-ups", json=body | changes)

    async def read_code(self, sign_up_id: str) -> str:
        """Let the worker send what is due, and read the code in the SMS on the phone."""
        message = await self._deliver(sign_up_id)
        return self.gateway.code_sent_to(message.phone)

    async def read_sms(self, subject_id: str) -> str:
        """Let the worker send the newest message about something, and read all of it."""
        await self._deliver(subject_id)
        return self.gateway.sent[-1].text

    async def read_news(self, phone: str) -> list[str]:
        """Let the worker send what a phone is told without being asked, and read it."""
        async with self.database.begin() as transaction:
            news = await transaction.scalars(
                select(Message)
                .where(Message.phone == phone, Message.challenge_id.is_(None))
                .order_by(Message.created_at)
            )
            ids = [message.id for message in news]
        for message_id in ids:
            await self.messages.deliver(message_id)
        digits = phone.removeprefix("+")
        return [
            sms.text for sms in self.gateway.sent if sms.phone == digits and "#" not in sms.text
        ]

    async def _deliver(self, subject_id: str) -> Message:
        async with self.database.begin() as transaction:
            message = (
                await transaction.scalars(
                    select(Message)
                    .join(CodeChallenge, CodeChallenge.id == Message.challenge_id)
                    .where(CodeChallenge.subject_id == subject_id)
                    .order_by(Message.created_at.desc())
                    .limit(1)
                )
            ).one()
        await self.messages.deliver(message.id)
        return message

    async def confirm(self, sign_up_id: str, code: str) -> Response:
        return await self.client.post(
            f"/v1/sign-ups/{sign_up_id}/confirmations", json={"code": code}
        )

    async def sign_up(self, company: Company, **changes: Any) -> dict[str, Any]:
        """Sign a company up, from nothing to tokens."""
        started = (await self.start_sign_up(company, **changes)).json()
        confirmed = await self.confirm(started["id"], await self.read_code(started["id"]))
        tokens: dict[str, Any] = confirmed.json()
        return tokens


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}
