"""The operator's commands about claims, on a real database."""

import asyncio

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from typer.testing import CliRunner, Result

from app.cli.ownership import ownership as commands
from app.clock import Clock
from app.database import Database
from app.models.audit_event import AuditEvent
from app.models.customers.organization import Organization
from app.models.identity.actions import IdentityAction
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company

pytestmark = pytest.mark.committing

PHONE = "+380501234577"


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, phone_on_file="+380671234588")


@pytest.fixture
async def claimant(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company, is_proven=False, phone=PHONE)


async def run(url: str, company: Company, command: str, *options: str, typed: str = "") -> Result:
    arguments = [
        *(command, "--tax-id", company.organization.tax_id),
        *("--operator", "o.kravets", "--reason", "passport shown at the desk", *options),
    ]
    runner, env = CliRunner(), {"DATABASE_URL": url}
    return await asyncio.to_thread(runner.invoke, commands, arguments, input=typed, env=env)


async def opens(client: AsyncClient, who: SignedIn) -> bool:
    return (await client.get("/v1/accounts", headers=who.headers)).status_code == 200


async def test_an_approval_shows_the_claimant_and_asks(
    url: str, client: AsyncClient, database: Database, company: Company, claimant: SignedIn
) -> None:
    refused = await run(url, company, "approve", "--phone", PHONE, typed="n\n")
    still_shut = not await opens(client, claimant)
    approved = await run(url, company, "approve", "--phone", "050 123 45 77", typed="y\n")
    again = await run(url, company, "approve", "--phone", PHONE, "--yes")

    for told in ("+380 50 *** ** 77", "another phone is on file", "2026-11-30 12:00", "pending"):
        assert told in refused.stderr
    assert (refused.exit_code, still_shut) == (1, True)
    assert (approved.exit_code, await opens(client, claimant)) == (0, True)
    assert "proven already" in again.stdout
    async with database.begin() as transaction:
        event = (await transaction.scalars(select(AuditEvent))).one()
    assert event.action == IdentityAction.OWNERSHIP_APPROVED
    assert event.details == {
        "operator": "o.kravets",
        "reason": "passport shown at the desk",
        "phone_masked": "+380 50 *** ** 77",
    }


async def test_another_phone_than_the_claimants_is_not_approved(
    url: str, client: AsyncClient, company: Company, claimant: SignedIn
) -> None:
    refused = await run(url, company, "approve", "--phone", "067 123 45 88", "--yes")

    assert (refused.exit_code, await opens(client, claimant)) == (1, False)
    assert "Another phone has opened the cabinet" in refused.stderr


@pytest.mark.usefixtures("claimant")
async def test_a_release_keeps_the_company_for_one_phone(
    url: str, database: Database, company: Company
) -> None:
    done = await run(url, company, "release", "--for-phone", "067 765 43 21", "--yes")

    async with database.begin() as transaction:
        found = await transaction.get_one(Organization, company.organization.id)
        event = (await transaction.scalars(select(AuditEvent))).one()
    assert done.exit_code == 0
    assert "for 30 days" in done.stdout
    assert (found.registered_at, found.reserved_for_phone) == (None, "+380677654321")
    assert event.details["reserved_for"] == "+380 67 *** ** 21"
    assert "7654321" not in str(event.details)


async def test_what_only_a_bill_has_proven_is_released_if_that_is_said(
    url: str, database: Database, company: Company, access_tokens: AccessTokens
) -> None:
    await sign_in(database, access_tokens, company)
    async with database.begin() as transaction:
        found = await transaction.get_one(Organization, company.organization.id)
        found.ownership_proven_by = "activation_code"
        found.ownership_proven_at = Clock().now()

    refused = await run(url, company, "release", "--yes")
    done = await run(url, company, "release", "--proven-by-bill", "--yes")

    assert (refused.exit_code, done.exit_code) == (1, 0)
    assert "--proven-by-bill" in refused.stderr
