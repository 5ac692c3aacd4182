"""A reset ends what was made during the hold of the reset before: the work of a thief."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.audit_event import AuditEvent
from app.models.base import new_id
from app.models.identity.actions import IdentityAction
from app.models.identity.invitation import Invitation
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from tests.factories.people import SignedIn, headers_at, sign_in
from tests.factories.people import link as link_of
from tests.factories.registry import Company
from tests.fakes.clock import NOON, FrozenClock
from tests.steps.accounts.linking import linked_numbers
from tests.steps.identity.resets import change, code_of, confirm, started
from tests.steps.identity.stories import bearer
from tests.steps.operations.audit import audited

HOUR = timedelta(hours=1)
EARLIER, MEANWHILE, LATER = NOON - HOUR, NOON + HOUR, NOON + 25 * HOUR

Recovery = Callable[[], Awaitable[dict[str, Any]]]


@pytest.fixture(autouse=True)
async def robbed(database: Database, owner: SignedIn) -> SignedIn:
    """An owner whose number a thief had: the thief replaced the password at noon."""
    await change(database, owner.member, password_reset_at=NOON)
    return owner


@pytest.fixture
def recover(
    client: AsyncClient,
    database: Database,
    secret_key: SecretKey,
    company: Company,
    clock: FrozenClock,
) -> Recovery:
    """Let the owner, who has the number again, replace the password, and look at `GET /v1/me`."""

    async def recover() -> dict[str, Any]:
        clock.moment = NOON + 48 * HOUR
        reset_id = await started(client, company)
        code = await code_of(database, secret_key, reset_id)
        tokens = (await confirm(client, reset_id, code)).json()
        shown: dict[str, Any] = (await client.get("/v1/me", headers=bearer(tokens))).json()
        return shown

    return recover


async def status_of(
    client: AsyncClient, access_tokens: AccessTokens, clock: FrozenClock, who: SignedIn
) -> int:
    headers = headers_at(access_tokens, who, clock.now())
    return (await client.get("/v1/me", headers=headers)).status_code


async def test_a_link_that_a_thief_consented_to_ends(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    partner: Company,
    partners_owner: SignedIn,
    clock: FrozenClock,
    recover: Recovery,
) -> None:
    link = link_of(company, linked_by=partner.organization.id)
    link.linked_at = MEANWHILE
    async with database.begin() as transaction:
        transaction.add(link)

    me = await recover()

    tax_id = partner.organization.tax_id
    assert me["ended_at_reset"] == {
        "reset_at": "2026-12-02T10:00:00Z",
        "items": [{"kind": "account_link", "id": str(link.id), "label": tax_id}],
    }
    partners_owner.headers = headers_at(access_tokens, partners_owner, clock.now())
    numbers = await linked_numbers(client, partners_owner)
    assert numbers == [partner.account.account_number]
    assert "account.unshared" in await audited(database, company)
    assert "account.unlinked" in await audited(database, partner)


async def test_who_joined_or_was_given_more_is_frozen(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
    clock: FrozenClock,
    recover: Recovery,
) -> None:
    accomplice, promoted, loyal = [
        await sign_in(database, access_tokens, company, role="manager", created_at=joined)
        for joined in (MEANWHILE, EARLIER, EARLIER)
    ]
    async with database.begin() as transaction:
        transaction.add_all(
            AuditEvent(
                organization_id=company.organization.id,
                happened_at=MEANWHILE,
                action=IdentityAction.MEMBER_CHANGED.value,
                member_id=owner.member.id,
                subject_id=subject.member.id,
                details=details,
            )
            for subject, details in ((promoted, {"role": "manager"}), (loyal, {"is_frozen": True}))
        )

    me = await recover()

    items = {(each["kind"], each["id"]) for each in me["ended_at_reset"]["items"]}
    assert items == {("member", str(each.member.id)) for each in (accomplice, promoted)}
    for who, status in ((accomplice, 401), (promoted, 401), (loyal, 200)):
        assert await status_of(client, access_tokens, clock, who) == status


async def test_an_invitation_is_taken_back(
    database: Database, company: Company, owner: SignedIn, clock: FrozenClock, recover: Recovery
) -> None:
    invitation = Invitation(
        id=new_id(),
        organization_id=company.organization.id,
        phone="+380671234588",
        full_name="Nobody",
        role="manager",
        locale="uk",
        invited_by=owner.member.id,
        created_at=MEANWHILE,
    )
    async with database.begin() as transaction:
        transaction.add(invitation)

    me = await recover()

    assert me["ended_at_reset"]["items"] == [
        {"kind": "invitation", "id": str(invitation.id), "label": "+380 67 *** ** 88"}
    ]
    async with database.begin() as transaction:
        withdrawn = select(Invitation.withdrawn_at).where(Invitation.id == invitation.id)
        assert await transaction.scalar(withdrawn) == clock.now()


async def test_what_was_made_before_or_after_the_hold_stays(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    partner: Company,
    clock: FrozenClock,
    recover: Recovery,
) -> None:
    before = await sign_in(database, access_tokens, company, role="viewer", created_at=EARLIER)
    link = link_of(company, linked_by=partner.organization.id)
    link.linked_at = LATER
    async with database.begin() as transaction:
        transaction.add(link)

    me = await recover()

    assert me["ended_at_reset"] is None
    assert await status_of(client, access_tokens, clock, before) == 200
