"""What people do who have forgotten their password."""

from typing import Any
from uuid import UUID

from httpx import AsyncClient, Response
from sqlalchemy import select, update

from app.database import Database
from app.models.identity.member import Member
from app.models.messages.code_challenge import CodeChallenge
from app.models.messages.message import Message
from app.security.secrets import SecretKey
from tests.factories.registry import Company

NEW_PASSWORD = "Another-1-Horse"
NOBODYS = "9999999999"


async def start(client: AsyncClient, account_number: str, **headers: str) -> Response:
    return await client.post(
        "/v1/password-resets", json={"account_number": account_number}, headers=headers
    )


async def resend(client: AsyncClient, reset_id: str) -> Response:
    return await client.post(f"/v1/password-resets/{reset_id}/codes")


async def confirm(
    client: AsyncClient, reset_id: str, code: str, password: str = NEW_PASSWORD
) -> Response:
    return await client.post(
        f"/v1/password-resets/{reset_id}/confirmations",
        json={"code": code, "new_password": password},
    )


async def sign_in_status(client: AsyncClient, company: Company, password: str) -> int:
    body = {"account_number": company.account.account_number, "password": password}
    return (await client.post("/v1/sessions", json=body)).status_code


async def started(client: AsyncClient, company: Company) -> str:
    reset_id: str = (await start(client, company.account.account_number)).json()["id"]
    return reset_id


async def challenge_of(database: Database, reset_id: str) -> CodeChallenge:
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(CodeChallenge).where(CodeChallenge.subject_id == UUID(reset_id))
        )
        return found.one()


async def messages_about(database: Database, reset_id: str) -> list[Message]:
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(Message)
            .join(CodeChallenge, CodeChallenge.id == Message.challenge_id)
            .where(CodeChallenge.subject_id == UUID(reset_id))
        )
        return list(found)


async def change(database: Database, member: Member, **values: Any) -> None:
    async with database.begin() as transaction:
        await transaction.execute(update(Member).where(Member.id == member.id).values(**values))


def alike(answer: Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    return body | {"id": None, "request_id": None, "instance": None}


async def code_of(database: Database, secret_key: SecretKey, reset_id: str) -> str:
    """Return the digits that would open it, as if the SMS had come."""
    challenge = await challenge_of(database, reset_id)
    return secret_key.code(
        challenge_id=challenge.id,
        purpose=challenge.purpose,
        phone=challenge.phone,
        length=challenge.length,
    )
