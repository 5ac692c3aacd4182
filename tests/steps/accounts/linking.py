"""What members do with account links, over HTTP."""

from typing import Any

from httpx import AsyncClient, Response

from app.models.customers.account import Account
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.steps.identity.stories import Story

LINKS = "/v1/account-links"


async def link(client: AsyncClient, who: SignedIn, account: Account, **more: Any) -> Response:
    body = {"account_number": account.account_number, **more}
    return await client.post(LINKS, json=body, headers=who.headers)


async def ask(client: AsyncClient, who: SignedIn, company: Company, **more: Any) -> Response:
    return await link(client, who, company.account, tax_id=company.organization.tax_id, **more)


async def confirm(client: AsyncClient, who: SignedIn, link_id: str, code: str) -> Response:
    return await client.post(
        f"{LINKS}/{link_id}/confirmations", json={"code": code}, headers=who.headers
    )


async def linked_numbers(client: AsyncClient, who: SignedIn) -> list[str]:
    response = await client.get("/v1/accounts?status=linked", headers=who.headers)
    return [item["account_number"] for item in response.json()["items"]]


async def link_ids(client: AsyncClient, who: SignedIn) -> dict[str, str]:
    """Return the links the caller sees, by account number and whose cabinet it is."""
    items = (await client.get(LINKS, headers=who.headers)).json()["items"]
    return {
        f"{each['account']['account_number']} {each['holder']['tax_id']}": each["id"]
        for each in items
    }


def refusal(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def linked(story: Story, who: SignedIn, company: Company, scope: str) -> str:
    """Link another company's account with its consent, and return the link's id."""
    asked = (await ask(story.client, who, company, scope=scope)).json()["id"]
    answer = await confirm(story.client, who, asked, await story.read_code(asked))
    assert answer.status_code == 201, answer.text
    link_id: str = answer.json()["id"]
    return link_id
