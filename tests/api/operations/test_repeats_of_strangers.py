"""`Idempotency-Key` where nobody is signed in: it goes with what the request is about."""

from hashlib import sha256

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import select

from app.database import Database
from app.models.idempotency_key import IdempotencyKey
from app.routers.http.json_values import canonical
from app.security.secrets import SecretKey
from tests.conftest import SECRET
from tests.factories.people import PASSWORD
from tests.factories.registry import Company, create_company
from tests.steps.identity.stories import Story

PHONE = "+380671234588"


async def test_a_phone_that_moves_to_another_network_repeats_its_request(
    app: FastAPI, story: Story, company: Company
) -> None:
    sign_up = {
        "phone": PHONE,
        "account_number": company.account.account_number,
        "tax_id": company.organization.tax_id,
        "password": PASSWORD,
    }
    reset = {"account_number": company.account.account_number}
    names = {"phone": PHONE, "password": PASSWORD}
    headers = {"Idempotency-Key": "k-1"}

    async def twice(path: str, body: dict[str, str]) -> list[Response]:
        answers = []
        for address in ("192.0.2.7", "198.51.100.9"):
            transport = ASGITransport(app, client=(address, 1234))
            async with AsyncClient(transport=transport, base_url="http://cabinet") as client:
                answers.append(await client.post(path, json=body, headers=headers))
        return answers

    started = await twice("/v1/sign-ups", sign_up)
    sign_up_id = started[0].json()["id"]
    code = {"code": await story.read_code(sign_up_id)}
    confirmed = await twice(f"/v1/sign-ups/{sign_up_id}/confirmations", code)
    signed_in = await twice("/v1/sessions", names)
    resets = await twice("/v1/password-resets", reset)
    resent = await twice(f"/v1/password-resets/{resets[0].json()['id']}/codes", {})

    for first, again in (started, confirmed, signed_in, resets):
        assert first.is_success
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
    assert {each.status_code for each in resent} == {429}


async def test_one_key_for_two_pairs_is_two_requests(
    client: AsyncClient, database: Database, company: Company
) -> None:
    other = await create_company(database)
    answers = [
        await client.post(
            "/v1/password-resets",
            json={"account_number": each.account.account_number},
            headers={"Idempotency-Key": "k-1"},
        )
        for each in (company, other)
    ]

    assert [each.status_code for each in answers] == [202, 202]


async def test_a_kept_request_does_not_help_to_guess_its_password(
    client: AsyncClient, story: Story, company: Company, database: Database
) -> None:
    await story.sign_up(company, phone=PHONE)
    body = {"phone": PHONE, "password": PASSWORD}
    answer = await client.post("/v1/sessions", json=body, headers={"Idempotency-Key": "k-1"})
    async with database.begin() as transaction:
        kept = (await transaction.scalars(select(IdempotencyKey.fingerprint))).one()

    request = b"POST /v1/sessions\n" + canonical(answer.request.content)
    assert kept == SecretKey(SECRET).fingerprint(request)
    assert kept != sha256(request).digest()


async def test_a_sign_up_can_be_repeated_at_every_step(story: Story, company: Company) -> None:
    client, headers = story.client, {"Idempotency-Key": "k-1"}
    body = {
        "phone": PHONE,
        "account_number": company.account.account_number,
        "tax_id": company.organization.tax_id,
        "password": PASSWORD,
    }
    started = [await client.post("/v1/sign-ups", json=body, headers=headers) for _ in range(2)]
    url = f"/v1/sign-ups/{started[0].json()['id']}"
    code = {"code": await story.read_code(started[0].json()["id"])}
    confirmed = [
        await client.post(f"{url}/confirmations", json=code, headers={"Idempotency-Key": "k-2"})
        for _ in range(2)
    ]

    for first, again in (started, confirmed):
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
    assert confirmed[1].status_code == 201
