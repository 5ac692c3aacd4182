"""Different use cases on the same rows at once: none ends another's transaction, none is busy.

That PostgreSQL has met no deadlock is asked after each test, where its database is taken back.
"""

import asyncio
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from app.database import Database
from app.models.limits import Limits
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services.identity.ownership_approvals import OwnershipApprovalService
from tests.factories.people import act, bearer, new_phone, sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import FrozenClock
from tests.limits.clients import client_at
from tests.races.identity import test_phone_changes as phones
from tests.races.identity.test_sign_up import start as start_sign_up
from tests.steps.identity import resets

pytestmark = pytest.mark.committing

PEOPLE = 12
ROUNDS = 6


@pytest.fixture
def limits() -> Limits:
    """The product's: only who uses the same budgets can meet."""
    return Limits()


async def test_resets_and_sign_ups_of_one_network_wait_for_each_other_in_one_direction(
    app: FastAPI, database: Database, access_tokens: AccessTokens
) -> None:
    owned = [await create_company(database) for _ in range(PEOPLE)]
    for company in owned:
        await sign_in(database, access_tokens, company)
    free = [await create_company(database) for _ in range(PEOPLE)]

    async def reset(number: int) -> int:
        async with client_at(app, f"198.51.100.{number}") as client:
            answer = await resets.start(client, owned[number].account.account_number)
            return answer.status_code

    async def sign_up(number: int) -> str:
        async with client_at(app, f"198.51.100.{100 + number}") as client:
            return await start_sign_up(client, free[number], new_phone())

    answers = await asyncio.gather(
        *(reset(number) for number in range(PEOPLE)),
        *(sign_up(number) for number in range(PEOPLE)),
    )

    assert answers[:PEOPLE] == [202] * PEOPLE
    assert all(answers[PEOPLE:])


async def test_a_phone_change_is_confirmed_while_its_codes_are_sent_again(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    secret_key: SecretKey,
    clock: FrozenClock,
) -> None:
    owner = await phones.new_owner(database, access_tokens, passwords)
    change_id, codes = await phones.start(client, database, secret_key, owner)
    clock.advance(timedelta(seconds=61))
    owner.headers = bearer(access_tokens.issue(owner.credentials, now=clock.now()))

    async def confirm() -> int:
        return (await phones.confirm(client, owner, change_id, codes))[0]

    async def resend() -> int:
        url = f"{phones.URL}/{change_id}/codes"
        return (await client.post(url, headers=owner.headers)).status_code

    answers = await asyncio.gather(
        *(step() for _ in range(PEOPLE) for step in (confirm, resend)),
    )

    confirmed, sent = answers[::2], answers[1::2]
    assert (confirmed.count(204), set(confirmed) <= {204, 422, 409}) == (1, True)
    assert set(sent) <= {202, 409, 429}


async def test_a_claim_is_released_while_the_claimant_signs_out(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    approvals = OwnershipApprovalService(database=database, clock=FrozenClock(), limits=Limits())
    for _ in range(ROUNDS):
        company = await create_company(database)
        pending = await sign_in(database, access_tokens, company, is_proven=False)

        async def sign_out(path: str, headers: dict[str, str]) -> Response:
            return await client.delete(f"/v1/sessions{path}", headers=headers)

        answers = await asyncio.gather(
            approvals.release(tax_id=company.organization.tax_id, act=act("x")),
            sign_out("/current", pending.headers),
            sign_out("", pending.headers),
        )

        assert {answer.status_code for answer in answers[1:]} <= {204, 401}
        me = await client.get("/v1/me", headers=pending.headers)
        assert me.status_code == 401
