"""Changing a phone over HTTP, and the codes that went to both phones."""

from typing import Any

from httpx import AsyncClient, Response
from sqlalchemy import select

from app.database import Database
from app.models.messages.code_challenge import CodeChallenge
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company

OLD = "+380671234588"
NEW = "+380501234599"
URL = "/v1/me/phone-changes"


async def owner_of(
    company: Company, database: Database, access_tokens: AccessTokens, passwords: PasswordHasher
) -> SignedIn:
    stored = await passwords.hash(PASSWORD)
    return await sign_in(database, access_tokens, company, phone=OLD, password_hash=stored)


async def codes_of(database: Database, secret_key: SecretKey, change_id: str) -> tuple[str, str]:
    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(CodeChallenge).where(CodeChallenge.subject_id == change_id)
        )
        by_phone = {
            each.phone: secret_key.code(
                challenge_id=each.id, purpose=each.purpose, phone=each.phone, length=each.length
            )
            for each in found
        }
    return by_phone[OLD], by_phone[NEW]


async def start(client: AsyncClient, who: SignedIn, **changes: Any) -> Response:
    body = {"new_phone": "050 123 45 99", "current_password": PASSWORD}
    return await client.post(URL, json=body | changes, headers=who.headers)


async def confirm(
    client: AsyncClient, who: SignedIn, change_id: str, codes: tuple[str, str]
) -> Response:
    body = {"old_phone_code": codes[0], "new_phone_code": codes[1]}
    return await client.post(f"{URL}/{change_id}/confirmations", json=body, headers=who.headers)


def refusal(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]
