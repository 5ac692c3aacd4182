from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.database import Database
from app.models.identity.actions import IdentityAction
from tests.api.identity.test_invitations import accept, invite, refusal
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.identity.stories import Story
from tests.steps.operations.audit import audited


async def listed(client: AsyncClient, who: SignedIn, **query: Any) -> Any:
    return (await client.get("/v1/invitations", params=query, headers=who.headers)).json()


async def withdraw(client: AsyncClient, who: SignedIn, invitation_id: str) -> Response:
    return await client.delete(f"/v1/invitations/{invitation_id}", headers=who.headers)


@pytest.fixture
async def invitation_id(client: AsyncClient, owner: SignedIn) -> str:
    invitation_id: str = (await invite(client, owner)).json()["id"]
    return invitation_id


async def test_the_owner_sees_what_became_of_each_invitation(
    story: Story, company: Company, owner: SignedIn, clock: FrozenClock
) -> None:
    limits = {"account_ids": [str(company.account.id)], "expires_on": "2026-12-24"}
    offered = (await invite(story.client, owner, **limits)).json()
    accepted = (await invite(story.client, owner, phone="0671234589")).json()["id"]
    await accept(story.client, accepted, await story.read_code(accepted))
    withdrawn = (await invite(story.client, owner, phone="0671234590")).json()["id"]
    await withdraw(story.client, owner, withdrawn)
    sent = (await listed(story.client, owner))["items"][-1]
    clock.advance(timedelta(minutes=5))

    items = (await listed(story.client, owner))["items"]

    assert sent | {"delivery": None} == offered | limits | {
        "delivery": None,
        "full_name": "Олена Кравець",
        "role": "metering",
        "created_at": "2026-11-30T10:00:00Z",
    }
    assert sent["delivery"]["updated_at"] == "2026-11-30T10:00:00Z"
    assert [(each["id"], each["status"]) for each in items] == [
        (withdrawn, "withdrawn"),
        (accepted, "accepted"),
        (offered["id"], "expired"),
    ]


async def test_an_invitation_is_listed_once_however_often_its_code_was_sent(
    client: AsyncClient, owner: SignedIn, invitation_id: str, clock: FrozenClock
) -> None:
    clock.advance(timedelta(minutes=1))
    await client.post(f"/v1/invitations/{invitation_id}/codes")

    [item] = (await listed(client, owner))["items"]

    assert item["delivery"]["updated_at"] == "2026-11-30T10:01:00Z"


async def test_invitations_are_paged_the_newest_first(
    client: AsyncClient, owner: SignedIn, invitation_id: str
) -> None:
    newer = (await invite(client, owner, phone="0671234589")).json()["id"]

    first = await listed(client, owner, limit=1)
    last = await listed(client, owner, limit=1, cursor=first["next_cursor"])

    assert [page["items"][0]["id"] for page in (first, last)] == [newer, invitation_id]
    assert last["next_cursor"] is None


async def test_a_withdrawn_invitation_opens_nothing(
    story: Story, company: Company, owner: SignedIn, database: Database, invitation_id: str
) -> None:
    code = await story.read_code(invitation_id)

    answers = [await withdraw(story.client, owner, invitation_id) for _ in range(2)]

    assert [each.status_code for each in answers] == [204, 204]
    late = await accept(story.client, invitation_id, code)
    resent = await story.client.post(f"/v1/invitations/{invitation_id}/codes")
    assert refusal(late) == (409, "invitation_closed")
    assert refusal(resent) == (409, "invitation_closed")
    assert (await audited(database, company)).count(IdentityAction.INVITATION_WITHDRAWN) == 1


async def test_an_accepted_invitation_is_not_withdrawn(
    story: Story, owner: SignedIn, invitation_id: str
) -> None:
    await accept(story.client, invitation_id, await story.read_code(invitation_id))

    response = await withdraw(story.client, owner, invitation_id)

    assert refusal(response) == (409, "invitation_closed")
