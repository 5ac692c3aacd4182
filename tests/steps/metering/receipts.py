"""Receipts as their owners see them, and as somebody rewrites them past the application."""

from typing import Any

from httpx import AsyncClient
from sqlalchemy import text

from app.database import Database
from app.services.metering.receipt_chains import ReceiptChainService, VerifiedChain
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.steps.metering.submitting import shows, submit


async def receipt(client: AsyncClient, who: SignedIn, receipt_id: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/reading-receipts/{receipt_id}", headers=who.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def hand_in(
    client: AsyncClient, who: SignedIn, company: Company, *values: str
) -> list[dict[str, Any]]:
    """Submit one value after another, and return the receipts."""
    found = []
    for value in values:
        answer = await submit(client, who, company, shows(company, value))
        assert answer.status_code == 201, answer.text
        found.append(await receipt(client, who, answer.json()["receipt_id"]))
    return found


async def verified(database: Database, tax_id: str | None = None) -> list[VerifiedChain]:
    service = ReceiptChainService(database=database)
    return [chain async for chain in service.verify(tax_id=tax_id)]


async def rewrite(database: Database, statement: str, **values: Any) -> None:
    """Do what only a superuser can: no trigger is asked."""
    async with database.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        done = await session.execute(text(statement), values)
        assert getattr(done, "rowcount", 1), "something was rewritten"
