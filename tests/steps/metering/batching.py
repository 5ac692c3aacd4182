"""Handing in readings of many registers at once, as short as a test wants it."""

from typing import Any

from httpx import AsyncClient, Response

from app.database import Database
from app.models.metering.register import Register
from tests.factories.people import SignedIn
from tests.factories.registry import Company, create_meter, create_reading, create_register

BATCHES = "/v1/reading-batches"
PAST = {"2026-07": "1000", "2026-08": "1100", "2026-09": "1200", "2026-10": "1300"}
"""A hundred a month: from 50 to 150 more are usual."""


async def hand_in(
    client: AsyncClient,
    who: SignedIn,
    *items: dict[str, Any],
    mode: str = "all_or_nothing",
    key: str | None = None,
    **body: Any,
) -> Response:
    headers = {**who.headers, **({"Idempotency-Key": key} if key else {})}
    return await client.post(
        BATCHES, json={"items": list(items), "mode": mode, **body}, headers=headers
    )


def of(register: Register, value: object, **more: Any) -> dict[str, Any]:
    return {"register_id": str(register.id), "value": str(value), **more}


async def with_registers(
    database: Database, company: Company, more: int, past: dict[str, str] | None = None
) -> list[Register]:
    """Give a company's account more meters of one register each, with a past."""
    registers = []
    for _ in range(more):
        meter = await create_meter(database, company.account)
        register = await create_register(database, meter)
        for period, value in (PAST if past is None else past).items():
            await create_reading(database, register, period=period, value=value)
        registers.append(register)
    company.registers += registers
    return registers


def outcomes(response: Response) -> list[str]:
    """Return of each item what became of it, or why it was refused."""
    assert response.status_code == 200, response.text
    return [item["code"] or item["outcome"] for item in response.json()["items"]]
