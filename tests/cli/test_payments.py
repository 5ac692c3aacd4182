"""`run.py payments`: what an operator types, and what they read."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner, Result

from app.cli.payments import payments as commands
from app.database import Database
from app.models.money import Money
from app.models.payments.payment import Payment
from tests.factories.registry import create_company
from tests.steps.payments.paying import begun

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "letter 17")
SECOND = ("--approved-by", "t.bondar")


async def run(url: str, *arguments: str) -> Result:
    return await asyncio.to_thread(
        CliRunner().invoke, commands, list(arguments), env={"DATABASE_URL": url}
    )


async def become(database: Database, payment_id: UUID, **values: object) -> None:
    async with database.begin() as session:
        payment = await session.get_one(Payment, payment_id)
        for name, value in values.items():
            setattr(payment, name, value)


async def test_a_refund_and_a_hold_are_noted_and_listed(url: str, database: Database) -> None:
    company = await create_company(database)
    paid, held = await begun(database, company), await begun(database, company)
    await become(database, paid, status="succeeded", received=Money(12000), provider_ref="p1")
    await become(database, held, provider_ref="p2", held_at=datetime(2026, 11, 25, tzinfo=UTC))

    refused = await run(url, "refund", str(paid), "--amount", "120.01", *SECOND, *BY)
    refunded = await run(url, "refund", str(paid), "--amount", "20.5", *SECOND, *BY)
    captured = await run(url, "capture", str(held), *BY)
    second = await run(url, "release", str(held), *BY)
    listed = json.loads((await run(url, "instructions", "--json")).stdout)

    assert refused.exit_code == 1
    assert "refund_exceeds_paid" in refused.stderr
    assert "Refund of 20.50 UAH" in refunded.stdout
    assert captured.exit_code == 0
    assert "payment_instruction_under_way" in second.stderr
    assert [(each["kind"], each["amount"], each["status"]) for each in listed] == [
        ("capture", "120.00", "given"),
        ("refund", "20.50", "given"),
    ]
    assert listed[1]["act"]["approved_by"] == "t.bondar"
    assert "Instructions to acquirers" in (await run(url, "instructions")).stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("refund", str(uuid4()), *BY), "two persons"),
        (("refund", str(uuid4()), "--approved-by", "o.kravets", *BY), "two persons"),
        (("refund", "7", *SECOND, *BY), "not an id"),
        (("refund", str(uuid4()), "--amount", "0", *SECOND, *BY), "above zero"),
        (("refund", str(uuid4()), "--amount", "1.234", *SECOND, *BY), "above zero"),
        (("capture", str(uuid4())), "Say who does this"),
        (("capture", str(uuid4()), *BY), "not_found"),
    ],
)
async def test_a_mistake_is_told_in_a_sentence(
    url: str, database: Database, arguments: tuple[str, ...], told: str
) -> None:
    assert database is not None
    result = await run(url, *arguments)

    assert result.exit_code != 0
    assert told in result.stderr
