"""An account that two cabinets show signs in the owners of both; the password says whose."""

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select, update

from app.database import Database
from app.models.customers.account_link import AccountLink
from app.models.identity.member import Member
from app.models.limits import Limits
from app.models.messages.message import Message
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import PASSWORD, SignedIn, bearer, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import NOON

GUESTS = "Guest-1-Password"
THIRDS = "Third-1-Password"


@pytest.fixture
def limits() -> Limits:
    """The product's."""
    return Limits()


@pytest.fixture
async def host(
    database: Database, access_tokens: AccessTokens, passwords: PasswordHasher, company: Company
) -> SignedIn:
    hashed = await passwords.hash(PASSWORD)
    return await sign_in(database, access_tokens, company, password_hash=hashed)


@pytest.fixture
async def guest(
    database: Database, access_tokens: AccessTokens, passwords: PasswordHasher, company: Company
) -> SignedIn:
    return await showing(company, database, access_tokens, await passwords.hash(GUESTS))


async def showing(
    company: Company, database: Database, access_tokens: AccessTokens, hashed: str
) -> SignedIn:
    """Return the owner of another cabinet that shows the company's account, with consent."""
    own = await create_company(database)
    guest = await sign_in(database, access_tokens, own, password_hash=hashed)
    async with database.begin() as transaction:
        transaction.add(
            AccountLink.of(
                organization_id=own.organization.id,
                account_organization_id=company.organization.id,
                account_id=company.account.id,
                now=NOON,
            )
        )
    return guest


async def enter(
    client: AsyncClient,
    company: Company,
    password: str,
    device: str = "a browser",
    token: str = "",
) -> Response:
    return await client.post(
        "/v1/sessions",
        json={"account_number": company.account.account_number, "password": password},
        headers={"User-Agent": device, "X-Device-Token": token},
    )


async def whose(client: AsyncClient, response: Response) -> str:
    assert response.status_code == 201
    headers = bearer(response.json()["access_token"])
    me = (await client.get("/v1/me", headers=headers)).json()
    found: str = me["member"]["id"]
    return found


async def test_each_owner_signs_in_with_their_own_password(
    client: AsyncClient, company: Company, host: SignedIn, guest: SignedIn
) -> None:
    by_host = await enter(client, company, PASSWORD)
    by_guest = await enter(client, company, GUESTS)
    by_nobody = await enter(client, company, THIRDS)

    assert await whose(client, by_host) == str(host.member.id)
    assert await whose(client, by_guest) == str(guest.member.id)
    assert by_nobody.json()["code"] == "credentials_rejected"


@pytest.mark.usefixtures("host")
async def test_a_link_that_has_ended_signs_nobody_in(
    client: AsyncClient, database: Database, company: Company, guest: SignedIn
) -> None:
    async with database.begin() as transaction:
        await transaction.execute(
            update(AccountLink)
            .where(AccountLink.organization_id == guest.member.organization_id)
            .where(AccountLink.account_id == company.account.id)
            .values(ended_at=NOON)
        )

    assert (await enter(client, company, GUESTS)).status_code == 401


@pytest.mark.usefixtures("host", "guest")
async def test_of_three_cabinets_the_latest_does_not_sign_in(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    company: Company,
) -> None:
    await showing(company, database, access_tokens, await passwords.hash(THIRDS))

    assert (await enter(client, company, GUESTS)).status_code == 201
    assert (await enter(client, company, THIRDS)).status_code == 401


async def test_with_one_password_for_both_the_accounts_own_company_is_meant(
    client: AsyncClient, database: Database, company: Company, host: SignedIn, guest: SignedIn
) -> None:
    async with database.begin() as transaction:
        await transaction.execute(
            update(Member)
            .where(Member.id == guest.member.id)
            .values(password_hash=host.member.password_hash)
        )
        own = await transaction.get_one(Member, (guest.member.organization_id, guest.member.id))
        phone = own.phone

    at_home = await client.post(
        "/v1/sessions",
        json={"phone": phone, "password": PASSWORD},
        headers={"User-Agent": "the guest's phone"},
    )
    assert await whose(client, at_home) == str(guest.member.id)
    elsewhere = await enter(client, company, PASSWORD)
    known = await enter(client, company, PASSWORD, "the guest's phone")
    assert await whose(client, elsewhere) == str(host.member.id)
    assert await whose(client, known) == str(guest.member.id)


@pytest.mark.usefixtures("guest")
async def test_a_reset_is_for_the_accounts_own_company(
    client: AsyncClient, database: Database, company: Company, host: SignedIn
) -> None:
    body = {"account_number": company.account.account_number}
    assert (await client.post("/v1/password-resets", json=body)).status_code == 202

    async with database.begin() as transaction:
        sent = await transaction.scalars(select(Message.phone))
    assert sent.all() == [host.member.phone]


async def test_on_a_device_of_the_guest_the_hosts_password_is_guessed_no_faster(
    client: AsyncClient, company: Company, limits: Limits, host: SignedIn, guest: SignedIn
) -> None:
    hosts = (await enter(client, company, PASSWORD)).json()["device_token"]
    known = await enter(client, company, GUESTS, "the guest's phone")
    guests = known.json()["device_token"]
    for _ in range(limits.sign_ins_as_member.quota // 2):
        await enter(client, company, THIRDS, token=guests)
        await enter(client, company, THIRDS, "somebody's")

    by_host = await enter(client, company, PASSWORD, token=guests)
    by_guest = await enter(client, company, GUESTS, token=guests)
    at_home = await enter(client, company, PASSWORD, token=hosts)

    assert by_host.json()["code"] == "credentials_rejected"
    assert await whose(client, by_guest) == str(guest.member.id)
    assert await whose(client, at_home) == str(host.member.id)
