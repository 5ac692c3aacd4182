import asyncio

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from typer.testing import CliRunner, Result

from app.cli.members import members as commands
from app.clock import Clock
from app.database import Database
from app.models.audit_event import AuditEvent
from app.models.identity.actions import IdentityAction
from app.models.identity.member import MOST_TOLD, Member
from app.models.limits import Limits
from app.models.messages.message import Message
from app.repositories.limits import LimitRepository
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from tests.api.identity.test_invitations import accept, invite
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company, create_company
from tests.steps.accounts.linking import refusal
from tests.steps.identity.resets import code_of
from tests.steps.identity.resets import confirm as confirm_reset
from tests.steps.identity.resets import resend as resend_reset
from tests.steps.identity.resets import start as start_reset

pytestmark = pytest.mark.committing

PHONE = "+380671234588"


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


def replace(url: str, company: Company, *flags: str, **changes: str) -> Result:
    options = {
        "tax-id": company.organization.tax_id,
        "phone": "067 123 45 88",
        "operator": "o.kravets",
        "reason": "passport shown at the desk",
    } | changes
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return CliRunner().invoke(
        commands, ["replace-phone", *arguments, *flags], env={"DATABASE_URL": url}
    )


async def test_an_owner_who_lost_the_phone_gets_another(
    url: str, client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    done = await asyncio.to_thread(replace, url, company)

    me = await client.get("/v1/me", headers=owner.headers)
    async with database.begin() as transaction:
        member = (await transaction.scalars(select(Member))).one()
        event = (await transaction.scalars(select(AuditEvent))).one()
        news = (await transaction.scalars(select(Message))).all()
    assert done.exit_code == 0, done.output
    assert member.phone == PHONE
    assert (me.status_code, me.json()["code"]) == (401, "session_ended")
    assert (event.action, event.member_id, event.subject_id) == (
        IdentityAction.PHONE_REPLACED,
        None,
        owner.member.id,
    )
    assert event.details == {
        "operator": "o.kravets",
        "reason": "passport shown at the desk",
        "password_kept": False,
        "old_phone_masked": f"+380 50 *** ** {owner.member.phone[-2:]}",
        "new_phone_masked": "+380 67 *** ** 88",
    }
    assert {each.template for each in news} == {"phone_was_changed"}
    assert sorted(each.phone for each in news) == sorted([owner.member.phone, PHONE])


async def owner_and_told(database: Database, owner: SignedIn) -> tuple[Member, list[str]]:
    """Return the owner as stored, and the phones that have heard of the new phone."""
    told = select(Message.phone).where(Message.template == "phone_was_changed")
    key = (owner.member.organization_id, owner.member.id)
    async with database.begin() as transaction:
        stored = await transaction.get_one(Member, key)
        return stored, list((await transaction.scalars(told)).all())


async def test_a_dismissed_director_is_out(
    url: str,
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    secret_key: SecretKey,
    company: Company,
) -> None:
    stored = await passwords.hash(PASSWORD)
    director = await sign_in(database, access_tokens, company, password_hash=stored)
    clerk = await sign_in(database, access_tokens, company, role="viewer")
    number = company.account.account_number
    invited = await invite(client, director)
    code = await code_of(database, secret_key, invited.json()["id"])
    reset_id = (await start_reset(client, number)).json()["id"]
    reset_code = await code_of(database, secret_key, reset_id)

    done = await asyncio.to_thread(replace, url, company)

    assert done.exit_code == 0, done.output
    credentials = {"account_number": number, "password": PASSWORD}
    answers = [
        await client.get("/v1/me", headers=director.headers),
        await client.post("/v1/sessions", json=credentials),
        await accept(client, invited.json()["id"], code),
        await confirm_reset(client, reset_id, reset_code),
        await resend_reset(client, reset_id),
    ]
    assert [refusal(each) for each in answers] == [
        (401, "session_ended"),
        (401, "credentials_rejected"),
        (409, "invitation_closed"),
        (422, "code_rejected"),
        (409, "password_reset_closed"),
    ]
    owner, told = await owner_and_told(database, director)
    # The command's clock is the machine's.
    assert owner.password_reset_at is not None
    assert not owner.restraint.may_change_who_gets_in(owner.password_reset_at)
    assert sorted(told) == sorted([director.member.phone, PHONE, clerk.member.phone])


async def test_a_phone_that_was_merely_lost_leaves_the_password(
    url: str,
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    company: Company,
) -> None:
    stored = await passwords.hash(PASSWORD)
    await sign_in(database, access_tokens, company, password_hash=stored)

    done = await asyncio.to_thread(replace, url, company, "--keep-password")

    assert done.exit_code == 0, done.output
    assert "with the password they had" in done.stdout
    credentials = {"phone": PHONE, "password": PASSWORD}
    assert (await client.post("/v1/sessions", json=credentials)).status_code == 201


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    ("option", "value", "exit_code", "said"),
    [
        ("phone", "044 202 15 88", 2, "not a Ukrainian mobile number"),
        ("tax-id", "32855968", 2, "not a tax id"),
        ("tax-id", "32855961", 1, "No company with this tax id"),
        ("reason", " ", 2, "Give the reason"),
        ("operator", " ", 2, "Say who does this"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    url: str, company: Company, option: str, value: str, exit_code: int, said: str
) -> None:
    done = replace(url, company, **{option: value})

    assert done.exit_code == exit_code
    assert said in done.stderr


async def test_a_phone_that_is_somebodys_is_not_given(
    url: str, database: Database, access_tokens: AccessTokens, company: Company, owner: SignedIn
) -> None:
    await sign_in(database, access_tokens, await create_company(database), phone=PHONE)

    done = await asyncio.to_thread(replace, url, company)

    assert done.exit_code == 1
    assert "belongs to a member already" in done.stderr
    async with database.begin() as transaction:
        kept = select(Member.phone).where(Member.id == owner.member.id)
        assert (await transaction.scalars(kept)).one() == owner.member.phone


async def test_of_very_many_members_the_first_are_told_and_it_is_counted(
    url: str, database: Database, access_tokens: AccessTokens, company: Company, owner: SignedIn
) -> None:
    for _ in range(MOST_TOLD + 5):
        await sign_in(database, access_tokens, company, role="viewer")

    done = await asyncio.to_thread(replace, url, company)

    assert done.exit_code == 0, done.output
    async with database.begin() as transaction:
        told = (await transaction.scalars(select(Message.phone))).all()
        limits = Limits()
        [left] = await LimitRepository(transaction).left(
            [limits.shares()["all"]], now=Clock().now()
        )
    assert len(told) == MOST_TOLD + 1, "the owner on both phones"
    assert told[:2] == [owner.member.phone, PHONE]
    assert left == limits.segments.quota - len(told)


def test_a_database_that_is_away_is_told(company: Company) -> None:
    done = replace("postgresql+asyncpg://nobody@127.0.0.1:1/none", company)

    assert done.exit_code == 1
    assert "cannot be reached" in done.stderr
