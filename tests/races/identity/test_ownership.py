import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.customers.organization import OrganizationNotRegistered, OwnershipAlreadyProven
from app.models.limits import Limits
from app.security.access_tokens import AccessTokens
from app.services.identity.ownership_approvals import OwnershipApprovalService
from tests.factories.people import act, sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import FrozenClock

pytestmark = pytest.mark.committing


@pytest.fixture
def limits() -> Limits:
    """The product's."""
    return Limits()


async def test_of_fifty_activation_codes_at_once_five_are_judged(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    company = await create_company(database)
    pending = await sign_in(database, access_tokens, company, is_proven=False)
    body = {"activation_code": "AAAAA-AAAAA"}

    answers = await asyncio.gather(
        *(
            client.post("/v1/me/ownership-proofs", json=body, headers=pending.headers)
            for _ in range(50)
        )
    )

    assert Counter(answer.status_code for answer in answers) == {422: 5, 429: 45}


async def test_a_claim_released_while_it_is_proven_is_one_or_the_other(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    approvals = OwnershipApprovalService(database=database, clock=FrozenClock(), limits=Limits())
    for _ in range(8):
        company = await create_company(database)
        pending = await sign_in(database, access_tokens, company, is_proven=False)
        tax_id = company.organization.tax_id

        released, approved = await asyncio.gather(
            approvals.release(tax_id=tax_id, act=act("x")),
            approvals.approve(tax_id=tax_id, phone=pending.member.phone, act=act("x")),
            return_exceptions=True,
        )

        status = (await client.get("/v1/members", headers=pending.headers)).status_code
        if approved is True:
            assert isinstance(released, OwnershipAlreadyProven)
            assert status == 200
        else:
            assert (released, type(approved)) == (None, OrganizationNotRegistered)
            assert status == 401
