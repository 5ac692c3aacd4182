"""What is not paid: twice, by strangers, without consent, or in impossible sums."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.monobank import FakeMonobank
from tests.steps.payments.paying import (
    PAYMENTS,
    owing,
    pay,
    start,
)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": "0.99"}, "amount_invalid"),
        ({"amount": "0"}, "amount_invalid"),
        ({"amount": "-5"}, "amount_invalid"),
        ({"amount": "10.005"}, "amount_invalid"),
        ({"amount": "400000.01"}, "amount_invalid"),
        ({"amount": "5", "return_url": "https://evil.example/"}, "return_url_not_allowed"),
        ({}, "validation_failed"),
        ({"amount": "5", "invoice_ids": [str(uuid4())]}, "validation_failed"),
        ({"amount": "5", "method": "bank_transfer"}, "validation_failed"),
    ],
)
async def test_what_cannot_be_paid_is_refused(
    client: AsyncClient, owner: SignedIn, company: Company, body: dict[str, Any], code: str
) -> None:
    answer = await start(client, owner, account_id=str(company.account.id), **body)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_paid_invoice_is_not_paid_again(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    await start(client, owner, invoice)
    await pay(client, monobank)
    again = await start(client, owner, invoice)

    assert (again.status_code, again.json()["code"]) == (409, "invoice_already_paid")


async def test_the_second_tab_gets_the_page_of_the_first(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    invoice = await owing(database, company)
    first = (await start(client, owner, invoice)).json()
    second = await start(client, owner, invoice)

    assert (second.status_code, second.json()["code"]) == (409, "payment_in_progress")
    assert second.json()["payment_id"] == first["id"]
    assert second.json()["page_url"] == first["page_url"]


async def test_a_repeated_request_is_one_payment(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    headers = owner.headers | {"Idempotency-Key": "k1"}
    body = {"invoice_ids": [str(invoice.id)]}
    answers = [await client.post(PAYMENTS, json=body, headers=headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.content for answer in answers}) == 1
    assert len(monobank.invoices) == 1


@pytest.mark.parametrize(("scope", "status"), [("view", 403), ("readings", 403), ("bills", 201)])
async def test_another_companys_bill_is_paid_with_its_consent(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    owner: SignedIn,
    company: Company,
    scope: str,
    status: int,
) -> None:
    partner = await create_company(database)
    await sign_in(database, access_tokens, partner)
    async with database.begin() as session:
        session.add(link(partner, linked_by=company.organization.id, scope=scope))
    invoice = await owing(database, partner)

    answers = [
        await start(client, owner, invoice),
        await start(client, owner, account_id=str(partner.account.id), amount="5"),
    ]

    assert {answer.status_code for answer in answers} == {status}


async def test_strangers_find_nothing(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, company: Company
) -> None:
    stranger = await sign_in(database, access_tokens, await create_company(database))
    owner = await sign_in(database, access_tokens, company)
    invoice = await owing(database, company)
    payment = (await start(client, owner, invoice)).json()
    url = f"{PAYMENTS}/{payment['id']}"

    assert (await start(client, stranger, invoice)).status_code == 404
    assert (await client.get(url, headers=stranger.headers)).status_code == 404
    cancel = await client.post(f"{url}/cancellations", headers=stranger.headers)
    assert cancel.status_code == 404
    listed = await client.get(PAYMENTS, headers=stranger.headers)
    assert listed.json()["items"] == []


async def test_the_list_goes_from_new_to_old_and_is_filtered(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    account = str(company.account.id)
    ids = [
        (await start(client, owner, account_id=account, amount=str(amount))).json()["id"]
        for amount in (1, 2, 3)
    ]
    first = (await client.get(f"{PAYMENTS}?limit=2", headers=owner.headers)).json()
    rest = await client.get(
        f"{PAYMENTS}?limit=2&cursor={first['next_cursor']}", headers=owner.headers
    )
    filtered = await client.get(
        f"{PAYMENTS}?account_id={account}&status=succeeded", headers=owner.headers
    )

    shown = [each["id"] for each in first["items"] + rest.json()["items"]]
    assert shown == ids[::-1]
    assert filtered.json() == {"items": [], "next_cursor": None}
