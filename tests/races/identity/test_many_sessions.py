"""A member has ten sessions at the most, however many sign-ins come at once (A4, A7)."""

import asyncio
from collections import Counter

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import func, select

from app.database import Database
from app.models.audit_event import AuditEvent
from app.models.identity.actions import IdentityAction
from app.models.identity.session import MOST_SESSIONS, EndReason, Session
from app.security.secrets import SecretKey
from tests.factories.people import PASSWORD, SignedIn
from tests.factories.registry import Company, create_company
from tests.steps.identity.resets import code_of, confirm, started

pytestmark = pytest.mark.committing


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
def owner(owner_with_password: SignedIn) -> SignedIn:
    return owner_with_password


async def enter(client: AsyncClient, company: Company) -> Response:
    body = {"account_number": company.account.account_number, "password": PASSWORD}
    return await client.post("/v1/sessions", json=body)


async def alive(database: Database) -> list[Session]:
    async with database.begin() as transaction:
        living = select(Session).where(Session.ended_at.is_(None)).order_by(Session.id)
        return list(await transaction.scalars(living))


async def test_eleven_sign_ins_at_once_leave_ten_sessions(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    answers = await asyncio.gather(*(enter(client, company) for _ in range(11)))

    assert Counter(answer.status_code for answer in answers) == {201: 11}
    assert len(await alive(database)) == MOST_SESSIONS
    async with database.begin() as transaction:
        oldest = await transaction.get_one(
            Session, (owner.member.organization_id, owner.credentials.session_id)
        )
        assert oldest.end_reason == EndReason.CROWDED_OUT
        told = select(AuditEvent.subject_id).where(AuditEvent.action == IdentityAction.CROWDED_OUT)
        ended = select(Session.id).where(Session.end_reason == EndReason.CROWDED_OUT)
        assert set(await transaction.scalars(told)) == set(await transaction.scalars(ended))
    refused = await client.get("/v1/me", headers=owner.headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")


async def test_a_reset_sign_ins_and_refreshes_at_once_leave_the_session_of_the_reset(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    secret_key: SecretKey,
) -> None:
    tokens = [(await enter(client, company)).json() for _ in range(3)]
    reset_id = await started(client, company)
    code = await code_of(database, secret_key, reset_id)

    async def refresh(token: str) -> Response:
        return await client.post("/v1/sessions/refresh", json={"refresh_token": token})

    answers = await asyncio.gather(
        *(enter(client, company) for _ in range(3)),
        confirm(client, reset_id, code),
        *(refresh(each["refresh_token"]) for each in tokens * 2),
        *(enter(client, company) for _ in range(3)),
    )

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {200, 201, 401}
    reset = answers[3]
    assert reset.status_code == 201
    assert [str(each.id) for each in await alive(database)] == [reset.json()["session_id"]]
    async with database.begin() as transaction:
        untold = select(func.count()).where(Session.ended_at.is_not(None))
        assert await transaction.scalar(untold.where(Session.end_reason.is_(None))) == 0
    again = [await refresh(each["refresh_token"]) for each in tokens]
    assert {answer.status_code for answer in again} == {401}
    assert owner.member.phone
