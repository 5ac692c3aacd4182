"""A new secret key takes over: codes, sessions, lists and kept answers go on."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from httpx import ASGITransport, AsyncClient

from app.adapters.sms import SmsGateway
from app.composition import build_services
from app.database import Database
from app.identifiers import AccountNumbers
from app.main import create_app
from app.metrics import WorkerMetrics
from app.models.limits import Limits
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services.context import Context
from app.services.messages.delivery import MessageService
from tests.conftest import DOMAIN, SECRET
from tests.factories.people import new_phone
from tests.factories.registry import Company, create_account, create_company
from tests.fakes.clock import FrozenClock
from tests.fakes.sms_gateway import FakeSmsGateway
from tests.steps.identity.stories import Story, bearer

NEW = "the secret key that follows it, 32 bytes or more"
MINUTE = timedelta(minutes=1)


class Deployment:
    """The API and the worker, over the database of the test, with the keys that are given."""

    def __init__(
        self,
        database: Database,
        clock: FrozenClock,
        passwords: PasswordHasher,
        access_tokens: AccessTokens,
        gateway: FakeSmsGateway,
        limits: Limits,
    ) -> None:
        self._database, self._clock, self._passwords = database, clock, passwords
        self._access_tokens, self._gateway, self._limits = access_tokens, gateway, limits
        headers = {"Authorization": f"Bearer {gateway.token}"}
        self._sms = httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=2)
        self._clients: list[AsyncClient] = []

    def with_keys(self, *keys: str) -> Story:
        secret_key = SecretKey(*keys)
        services = build_services(
            Context.of(
                database=self._database,
                clock=self._clock,
                secret_key=secret_key,
                limits=self._limits,
            ),
            passwords=self._passwords,
            access_tokens=self._access_tokens,
            account_numbers=AccountNumbers("\\d{4,12}"),
        )
        messages = MessageService(
            database=self._database,
            clock=self._clock,
            sms=SmsGateway(self._sms, sender="Cabinet", longest_call=2),
            secret_key=secret_key,
            domain=DOMAIN,
            metrics=WorkerMetrics(),
        )
        client = AsyncClient(
            transport=ASGITransport(create_app(services)), base_url="http://cabinet"
        )
        self._clients.append(client)
        return Story(client, self._database, messages, self._gateway)

    async def close(self) -> None:
        for each in (self._sms, *self._clients):
            await each.aclose()


@pytest.fixture
async def deployment(
    database: Database,
    clock: FrozenClock,
    passwords: PasswordHasher,
    access_tokens: AccessTokens,
    gateway: FakeSmsGateway,
    limits: Limits,
) -> AsyncIterator[Deployment]:
    made = Deployment(database, clock, passwords, access_tokens, gateway, limits)
    yield made
    await made.close()


@pytest.fixture
def before(deployment: Deployment) -> Story:
    return deployment.with_keys(SECRET)


@pytest.fixture
def after(deployment: Deployment) -> Story:
    return deployment.with_keys(NEW, SECRET)


async def test_a_code_that_was_sent_before_is_good_after_and_is_sent_again_the_same(
    before: Story, after: Story, company: Company, clock: FrozenClock
) -> None:
    started = (await before.start_sign_up(company)).json()
    sent = await before.read_code(started["id"])
    clock.advance(MINUTE)

    again = await after.client.post(f"/v1/sign-ups/{started['id']}/codes")
    sent_again = await after.read_code(started["id"])
    confirmed = await after.confirm(started["id"], sent)

    assert (again.status_code, sent_again) == (202, sent)
    assert confirmed.status_code == 201


async def test_a_code_is_written_by_the_key_that_is_first_when_the_worker_writes_it(
    before: Story, after: Story, company: Company
) -> None:
    # The API is restarted first, the worker last; or the other way round.
    early = (await before.start_sign_up(company)).json()
    confirmed = await after.confirm(early["id"], await after.read_code(early["id"]))

    assert confirmed.status_code == 201


async def test_processes_that_know_both_keys_understand_each_other_whichever_is_first(
    deployment: Deployment, after: Story, company: Company
) -> None:
    prepared = deployment.with_keys(SECRET, NEW)
    started = (await prepared.start_sign_up(company)).json()

    confirmed = await prepared.confirm(started["id"], await after.read_code(started["id"]))

    assert confirmed.status_code == 201


async def test_when_the_old_key_is_gone_its_code_is_too_and_a_fresh_one_is_sent(
    deployment: Deployment, before: Story, company: Company, clock: FrozenClock
) -> None:
    started = (await before.start_sign_up(company)).json()
    sent = await before.read_code(started["id"])
    alone = deployment.with_keys(NEW)
    refused = await alone.confirm(started["id"], sent)
    clock.advance(MINUTE)
    await alone.client.post(f"/v1/sign-ups/{started['id']}/codes")

    fresh = await alone.read_code(started["id"])

    assert (refused.status_code, refused.json()["code"]) == (422, "code_rejected")
    assert fresh != sent
    assert (await alone.confirm(started["id"], fresh)).status_code == 201


async def test_nobody_is_signed_out_and_a_lost_answer_is_given_again(
    deployment: Deployment, before: Story, after: Story, company: Company, clock: FrozenClock
) -> None:
    async def refresh(story: Story, token: str) -> httpx.Response:
        return await story.client.post("/v1/sessions/refresh", json={"refresh_token": token})

    tokens = await before.sign_up(company)
    lost = await refresh(before, tokens["refresh_token"])
    first = await refresh(after, tokens["refresh_token"])
    clock.advance(2 * MINUTE)
    next_one = await refresh(after, first.json()["refresh_token"])
    clock.advance(2 * MINUTE)

    assert (lost.status_code, first.status_code, next_one.status_code) == (200, 200, 200)
    # What the client has now is made by the new key alone: the old one may go.
    alone = deployment.with_keys(NEW)
    assert (await refresh(alone, next_one.json()["refresh_token"])).status_code == 200


async def test_a_list_goes_on_where_it_was(database: Database, before: Story, after: Story) -> None:
    phone = new_phone()
    company = await create_company(database, phone_on_file=phone)
    for _ in range(2):
        await create_account(database, company.organization)
    tokens = await before.sign_up(company, phone=phone)
    page: dict[str, str | int] = {"status": "available", "limit": 1}
    first = await before.client.get("/v1/accounts", params=page, headers=bearer(tokens))

    cursor = first.json()["next_cursor"]
    second = await after.client.get(
        "/v1/accounts", params=page | {"cursor": cursor}, headers=bearer(tokens)
    )

    assert cursor
    assert second.status_code == 200, second.text
    assert second.json()["items"] != first.json()["items"]


async def test_an_answer_that_was_kept_is_given_again(
    before: Story, after: Story, company: Company
) -> None:
    started = (await before.start_sign_up(company)).json()
    code = await before.read_code(started["id"])

    answers = [
        await story.client.post(
            f"/v1/sign-ups/{started['id']}/confirmations",
            json={"code": code},
            headers={"Idempotency-Key": "once"},
        )
        for story in (before, after)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert answers[1].json() == answers[0].json()


async def test_the_code_on_a_bill_is_good_after(
    before: Story, after: Story, company: Company
) -> None:
    tokens = await before.sign_up(company)
    printed = SecretKey(SECRET).activation_code(
        account_number=company.account.account_number, month="2026-11"
    )

    proven = await after.client.post(
        "/v1/me/ownership-proofs", json={"activation_code": printed}, headers=bearer(tokens)
    )

    assert proven.status_code == 204, proven.text
