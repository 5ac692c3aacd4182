"""Handing in readings over HTTP, as short as a test wants it."""

from typing import Any

from httpx import AsyncClient, Response
from sqlalchemy import func, select

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import Company


async def submit(
    client: AsyncClient, who: SignedIn, company: Company, *readings: object, **body: Any
) -> Response:
    return await client.post(
        f"/v1/accounts/{company.account.id}/readings",
        json={"readings": list(readings), **body},
        headers=who.headers,
    )


async def form(client: AsyncClient, who: SignedIn, company: Company) -> list[dict[str, Any]]:
    """Return the registers of the account's reading form."""
    response = await client.get(
        f"/v1/accounts/{company.account.id}/reading-form", headers=who.headers
    )
    registers: list[dict[str, Any]] = response.json()["registers"]
    return registers


def shows(company: Company, value: object, **more: Any) -> dict[str, Any]:
    return {"register_id": str(company.register.id), "value": value, **more}


async def count(database: Database, table: type) -> int:
    async with database.begin() as transaction:
        return await transaction.scalar(select(func.count()).select_from(table)) or 0
