"""Claims decided by several at once: each company ends as one of them wanted, whole."""

import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.errors import AppError
from app.models.customers.organization import CLAIM_LASTS, Organization
from app.models.identity.member import Member
from app.models.limits import Limits
from app.models.period import Period
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from app.services.identity.claim_lapses import ClaimLapseService
from app.services.identity.ownership import activation_codes
from app.services.identity.ownership_approvals import OwnershipApprovalService
from tests.factories.people import PASSWORD, SignedIn, act, headers_at, new_phone, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.races.identity.test_sign_up import code_of, confirm, start

pytestmark = pytest.mark.committing

TIMES = 8


class Case:
    """A company with a phone on file that somebody else has claimed."""

    def __init__(
        self, client: AsyncClient, database: Database, secret_key: SecretKey, clock: FrozenClock
    ) -> None:
        self.client, self.database, self.clock = client, database, clock
        self.secret_key = secret_key
        self.approvals = OwnershipApprovalService(database=database, clock=clock, limits=Limits())
        self.lapses = ClaimLapseService(database=database, clock=clock)

    async def begin(self, access_tokens: AccessTokens) -> None:
        self.on_file = new_phone()
        self.company: Company = await create_company(self.database, phone_on_file=self.on_file)
        self.claimant: SignedIn = await sign_in(
            self.database,
            access_tokens,
            self.company,
            is_proven=False,
            created_at=self.clock.now(),
        )
        self.claimant.headers = headers_at(access_tokens, self.claimant, self.clock.now())

    async def start_by_phone_on_file(self) -> tuple[str, str]:
        sign_up_id = await start(self.client, self.company, self.on_file)
        return sign_up_id, await code_of(self.database, self.secret_key, sign_up_id)

    async def prove(self) -> int:
        month = str(Period.containing(self.clock.now().date()))
        [(_, code)] = activation_codes(
            self.secret_key, [self.company.account.account_number], Period.parse(month)
        )
        answer = await self.client.post(
            "/v1/me/ownership-proofs",
            json={"activation_code": code},
            headers=self.claimant.headers,
        )
        return answer.status_code

    async def introduce(self) -> int:
        answer = await self.client.patch(
            "/v1/me", json={"full_name": "Хтось"}, headers=self.claimant.headers
        )
        return answer.status_code

    async def invite(self) -> str:
        body = {"phone": new_phone(), "full_name": "Спільник", "role": "viewer"}
        answer = await self.client.post("/v1/invitations", json=body, headers=self.claimant.headers)
        invitation_id: str = answer.json()["id"]
        return invitation_id

    async def join(self, invitation_id: str, code: str) -> int:
        answer = await self.client.post(
            f"/v1/invitations/{invitation_id}/acceptances",
            json={"code": code, "password": PASSWORD},
        )
        return answer.status_code

    async def withdraw(self, invitation_id: str) -> int:
        answer = await self.client.delete(
            f"/v1/invitations/{invitation_id}", headers=self.claimant.headers
        )
        return answer.status_code

    async def owners(self) -> list[str]:
        async with self.database.begin() as transaction:
            found = await transaction.scalars(
                select(Member.phone).where(
                    Member.organization_id == self.company.organization.id,
                    Member.removed_at.is_(None),
                )
            )
            return list(found)

    async def organization(self) -> Organization:
        async with self.database.begin() as transaction:
            return await transaction.get_one(Organization, self.company.organization.id)


@pytest.fixture
def case(
    client: AsyncClient, database: Database, secret_key: SecretKey, clock: FrozenClock
) -> Case:
    return Case(client, database, secret_key, clock)


async def test_a_claim_superseded_while_the_claimant_writes_leaves_one_owner(
    case: Case, access_tokens: AccessTokens
) -> None:
    for _ in range(TIMES):
        await case.begin(access_tokens)
        started = await case.start_by_phone_on_file()

        confirmed, *written = await asyncio.gather(
            confirm(case.client, *started), case.introduce(), case.introduce(), case.prove()
        )

        assert confirmed == (201, None)
        assert set(written) <= {200, 202, 401}
        assert await case.owners() == [case.on_file]
        assert (await case.organization()).ownership_proven_by == "phone_on_file"
        assert (await case.introduce(), await case.prove()) == (401, 401)


async def test_an_objection_as_a_proof_takes_effect_is_one_or_the_other(
    case: Case, access_tokens: AccessTokens
) -> None:
    for number in range(TIMES):
        await case.begin(access_tokens)
        assert await case.prove() == 202
        organization = await case.organization()
        effective_at = organization.ownership_proven_at
        assert effective_at is not None
        is_in_time = number % 2 == 0
        case.clock.moment = effective_at - timedelta(seconds=60)
        started = await case.start_by_phone_on_file()
        case.clock.moment = effective_at - timedelta(microseconds=1 if is_in_time else 0)
        headers = headers_at(access_tokens, case.claimant, case.clock.now())

        (status, code), seen = await asyncio.gather(
            confirm(case.client, *started), case.client.get("/v1/accounts", headers=headers)
        )

        if is_in_time:
            assert (status, seen.status_code in {401, 403}) == (201, True)
            assert await case.owners() == [case.on_file]
        else:
            assert (status, code, seen.status_code) == (409, "pair_already_registered", 200)
            assert await case.owners() == [case.claimant.member.phone]


async def test_a_claim_that_lapses_while_it_is_proven_is_one_or_the_other(
    case: Case, access_tokens: AccessTokens
) -> None:
    for _ in range(TIMES):
        await case.begin(access_tokens)
        case.clock.advance(CLAIM_LASTS)
        case.claimant.headers = headers_at(access_tokens, case.claimant, case.clock.now())

        lapsed, proven = await asyncio.gather(case.lapses.lapse(), case.prove())

        organization = await case.organization()
        if proven == 202:
            assert lapsed == 0
            assert await case.owners() == [case.claimant.member.phone]
        else:
            assert (lapsed, proven) == (1, 401)
            assert (organization.registered_at, await case.owners()) == (None, [])


async def test_release_approval_and_sign_up_at_once_leave_one_owner_or_none(
    case: Case, access_tokens: AccessTokens
) -> None:
    for _ in range(TIMES):
        await case.begin(access_tokens)
        tax_id = case.company.organization.tax_id
        started = await case.start_by_phone_on_file()

        released, approved, confirmed, lapsed = await asyncio.gather(
            case.approvals.release(tax_id=tax_id, act=act()),
            case.approvals.approve(tax_id=tax_id, phone=case.claimant.member.phone, act=act()),
            confirm(case.client, *started),
            case.lapses.lapse(),
            return_exceptions=True,
        )

        assert lapsed == 0
        assert all(isinstance(each, AppError | bool | None) for each in (released, approved))
        if confirmed == (201, None):
            assert await case.owners() == [case.on_file]
        else:
            assert (confirmed, approved) == ((409, "pair_already_registered"), True)
            assert await case.owners() == [case.claimant.member.phone]
        assert (await case.organization()).ownership_proven_at is not None


async def test_nobody_joins_a_company_that_is_released_at_the_same_moment(
    case: Case, access_tokens: AccessTokens
) -> None:
    for _ in range(TIMES):
        await case.begin(access_tokens)
        tax_id, phone = case.company.organization.tax_id, case.claimant.member.phone
        await case.approvals.approve(tax_id=tax_id, phone=phone, act=act())
        async with case.database.begin() as transaction:
            found = await transaction.get_one(Organization, case.company.organization.id)
            found.ownership_proven_by = "activation_code"
        invited = await case.invite()
        code = await code_of(case.database, case.secret_key, invited)

        released, joined, withdrawn = await asyncio.gather(
            case.approvals.release(tax_id=tax_id, act=act(), proven_by_bill=True),
            case.join(invited, code),
            case.withdraw(invited),
        )

        assert (released, await case.owners()) == (None, [])
        assert joined in {201, 409, 422}
        assert withdrawn in {204, 401, 409}


async def test_several_workers_end_each_claim_once(
    case: Case, access_tokens: AccessTokens, database: Database
) -> None:
    for _ in range(TIMES):
        await case.begin(access_tokens)
    case.clock.advance(CLAIM_LASTS)

    lapsed = await asyncio.gather(*(case.lapses.lapse() for _ in range(4)))

    async with database.begin() as transaction:
        left = await transaction.scalar(
            select(func.count()).where(Organization.registered_at.is_not(None))
        )
    assert (sum(lapsed), left) == (TIMES, 0)
