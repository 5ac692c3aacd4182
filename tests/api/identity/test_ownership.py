"""How a company is proven to be its owner's: security.md A10."""

from datetime import timedelta

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select

from app.database import Database
from app.errors import NotFound
from app.identifiers import mask_phone
from app.models.audit_event import AuditEvent
from app.models.customers.organization import OrganizationNotRegistered, OwnershipAlreadyProven
from app.models.identity.actions import IdentityAction
from app.models.limits import Limits
from app.models.limits.kinds import DAY
from app.models.period import Period
from app.security.access_tokens import AccessTokens
from app.security.secrets import ACTIVATION_LETTERS, SecretKey
from app.services.identity.ownership import activation_codes
from app.services.identity.ownership_approvals import OwnershipApprovalService
from tests.factories.people import SignedIn, act, headers_at, new_phone, sign_in
from tests.factories.registry import Company, create_account, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.identity.stories import Story
from tests.steps.operations.audit import audited

PROOFS = "/v1/me/ownership-proofs"
CYRILLIC = str.maketrans("ACEHKMPTXY", "АСЕНКМРТХУ")


@pytest.fixture
def limits() -> Limits:
    """The product's."""
    return Limits()


@pytest.fixture
async def pending(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company, is_proven=False)


def code_for(secret_key: SecretKey, account_number: str, month: str = "2026-11") -> str:
    [(_, code)] = activation_codes(secret_key, [account_number], Period.parse(month))
    return code


async def prove(client: AsyncClient, who: SignedIn, code: str) -> Response:
    return await client.post(PROOFS, json={"activation_code": code}, headers=who.headers)


def approving(database: Database) -> OwnershipApprovalService:
    return OwnershipApprovalService(database=database, clock=FrozenClock(), limits=Limits())


async def opens(client: AsyncClient, who: SignedIn) -> bool:
    return (await client.get("/v1/accounts", headers=who.headers)).status_code == 200


async def test_the_code_on_the_bill_proves_the_company_theirs(
    client: AsyncClient,
    database: Database,
    secret_key: SecretKey,
    company: Company,
    pending: SignedIn,
) -> None:
    assert not await opens(client, pending)

    response = await prove(client, pending, code_for(secret_key, company.account.account_number))

    assert (response.status_code, response.content) == (204, b"")
    assert await opens(client, pending)
    me = (await client.get("/v1/me", headers=pending.headers)).json()
    assert (me["ownership"], me["ownership_ways"]) == ("proven", [])
    assert "ownership.proven" in await audited(database, company)
    assert (await prove(client, pending, "anything")).status_code == 204, "it stays proven"


@pytest.mark.parametrize(
    ("month", "status"),
    [("2026-12", 422), ("2026-11", 204), ("2026-10", 204), ("2026-09", 204), ("2026-08", 422)],
)
async def test_the_codes_of_this_month_and_the_two_before_are_good(
    client: AsyncClient,
    secret_key: SecretKey,
    company: Company,
    pending: SignedIn,
    month: str,
    status: int,
) -> None:
    code = code_for(secret_key, company.account.account_number, month)

    assert (await prove(client, pending, code)).status_code == status


async def test_the_month_is_that_of_kyiv(
    client: AsyncClient,
    secret_key: SecretKey,
    company: Company,
    pending: SignedIn,
    clock: FrozenClock,
    access_tokens: AccessTokens,
) -> None:
    december = code_for(secret_key, company.account.account_number, "2026-12")
    clock.advance(timedelta(hours=11, minutes=59))
    pending.headers = headers_at(access_tokens, pending, clock.now())
    early = await prove(client, pending, december)
    clock.advance(timedelta(minutes=1))

    assert early.status_code == 422
    assert (await prove(client, pending, december)).status_code == 204


@pytest.mark.parametrize("spelling", ["lower", "no hyphen", "spaces", "cyrillic", "dashes"])
async def test_how_the_code_is_typed_does_not_matter(
    client: AsyncClient,
    secret_key: SecretKey,
    company: Company,
    pending: SignedIn,
    spelling: str,
) -> None:
    code = code_for(secret_key, company.account.account_number)
    typed = {
        "lower": code.lower(),
        "no hyphen": code.replace("-", ""),
        "spaces": f"  {' '.join(code)} ",
        "cyrillic": code.translate(CYRILLIC),
        "dashes": code.replace("-", "\u2013"),
    }[spelling]

    assert (await prove(client, pending, typed)).status_code == 204


async def test_a_code_opens_its_own_company_only(
    client: AsyncClient,
    database: Database,
    secret_key: SecretKey,
    company: Company,
    pending: SignedIn,
) -> None:
    stranger = await create_company(database)
    second = await create_account(database, company.organization)

    foreign = await prove(client, pending, code_for(secret_key, stranger.account.account_number))
    other_key = await prove(
        client, pending, code_for(SecretKey("x" * 32), company.account.account_number)
    )
    own = await prove(client, pending, code_for(secret_key, second.account_number))

    for refused in (foreign, other_key):
        assert (refused.status_code, refused.json()["code"]) == (422, "activation_code_rejected")
    assert own.status_code == 204, "each of the company's accounts has a bill"


async def test_five_tries_a_day(
    client: AsyncClient,
    secret_key: SecretKey,
    company: Company,
    pending: SignedIn,
    clock: FrozenClock,
    access_tokens: AccessTokens,
) -> None:
    right = code_for(secret_key, company.account.account_number)
    wrong = [await prove(client, pending, "AAAAA-AAAAA") for _ in range(5)]

    sixth = await prove(client, pending, right)
    clock.advance(DAY)
    pending.headers = headers_at(access_tokens, pending, clock.now())
    next_day = await prove(client, pending, right)

    assert {each.json()["code"] for each in wrong} == {"activation_code_rejected"}
    assert (sixth.status_code, sixth.json()["code"]) == (429, "too_many_attempts")
    assert sixth.headers["retry-after"] == "86400"
    assert next_day.status_code == 204


def test_a_code_has_ten_letters_that_nobody_confuses(secret_key: SecretKey) -> None:
    codes = {code_for(secret_key, f"{number:010}") for number in range(200)}

    assert len(codes) == 200
    assert all(len(code) == 11 and code[5] == "-" for code in codes)
    assert {letter for code in codes for letter in code} == {*ACTIVATION_LETTERS, "-"}
    assert not set("01258BILOSUVZ") & set(ACTIVATION_LETTERS)


async def test_an_operator_approves_with_a_reason(
    client: AsyncClient, database: Database, company: Company, pending: SignedIn
) -> None:
    approvals = approving(database)
    tax_id = company.organization.tax_id

    phone = pending.member.phone
    first = await approvals.approve(tax_id=tax_id, phone=phone, act=act("came with a passport"))
    again = await approvals.approve(tax_id=tax_id, phone=phone, act=act("came again"))

    assert (first, again) == (True, False)
    assert await opens(client, pending)
    async with database.begin() as transaction:
        chosen = select(AuditEvent).where(AuditEvent.action == IdentityAction.OWNERSHIP_APPROVED)
        event = (await transaction.scalars(chosen)).one()
    assert event.details == {
        "operator": "o.kravets",
        "reason": "came with a passport",
        "phone_masked": mask_phone(phone),
    }


async def test_nothing_is_approved_that_nobody_claims(database: Database, company: Company) -> None:
    approvals = approving(database)

    with pytest.raises(NotFound):
        await approvals.approve(tax_id="00000000", phone=new_phone(), act=act("x"))
    with pytest.raises(OrganizationNotRegistered):
        await approvals.approve(tax_id=company.organization.tax_id, phone=new_phone(), act=act("x"))


async def test_a_claim_nobody_has_proven_is_released_for_the_true_owner(
    story: Story, database: Database, company: Company, pending: SignedIn
) -> None:
    approvals = approving(database)
    occupied = await story.start_sign_up(company, phone=new_phone())

    await approvals.release(tax_id=company.organization.tax_id, act=act("the director called"))

    gone = await story.client.get("/v1/me", headers=pending.headers)
    again = await story.start_sign_up(company, phone=pending.member.phone)
    assert occupied.json()["code"] == "pair_already_registered"
    assert (gone.status_code, gone.json()["code"]) == (401, "session_ended")
    assert again.status_code == 202
    assert "ownership.released" in await audited(database, company)
    sign_up_id = again.json()["id"]
    confirmed = await story.confirm(sign_up_id, await story.read_code(sign_up_id))
    assert confirmed.status_code == 201


async def test_what_is_proven_or_unclaimed_is_not_released(
    database: Database, access_tokens: AccessTokens, company: Company
) -> None:
    approvals = approving(database)
    tax_id = company.organization.tax_id

    with pytest.raises(NotFound):
        await approvals.release(tax_id="00000000", act=act("x"))
    with pytest.raises(OrganizationNotRegistered):
        await approvals.release(tax_id=tax_id, act=act("x"))
    await sign_in(database, access_tokens, company)
    with pytest.raises(OwnershipAlreadyProven):
        await approvals.release(tax_id=tax_id, act=act("x"))
