"""Canaries: what is secret is looked for wherever the product writes (security.md A12, O6)."""

import asyncio
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import URL, TextClause, text

from app.database import Database
from tests.factories.people import PASSWORD
from tests.factories.registry import Company, create_company
from tests.fakes.sms_gateway import FakeSmsGateway, running_sms_gateway
from tests.faults.processes import PATIENCE, configuration, free_port, running_api
from tests.steps.identity.stories import wrong
from tests.worker.processes import until, worker_process
from tests.worker.test_worker import everything_kept

PHONE = "+380671234588"
SPELLINGS = frozenset({PHONE, PHONE.removeprefix("+"), PHONE.removeprefix("+38")})
MISTYPED = "Mistyped-Canary-7"
TOKENS = ("access_token", "refresh_token", "device_token")
JWT_DOTS = 2
UNEXPECTED = (
    text("ALTER TABLE members RENAME COLUMN password_hash TO was_password_hash"),
    text("ALTER TABLE members RENAME COLUMN was_password_hash TO password_hash"),
)


@dataclass
class Canaries:
    """What was said in confidence, and everything that was answered."""

    codes: set[str] = field(default_factory=set)
    passwords: set[str] = field(default_factory=lambda: {PASSWORD, MISTYPED})
    tokens: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def hear(self, response: httpx.Response) -> httpx.Response:
        if response.is_success:
            body = response.json() if response.content else {}
            self.tokens |= {body[name] for name in TOKENS if body.get(name)}
        else:
            self.problems.append(response.text)
        return response

    def found_in(self, said: str, *, phones: bool) -> set[str]:
        phone = SPELLINGS if phones else frozenset()
        long = {each for each in self.passwords | self.tokens | phone if each in said}
        # Hexadecimal too, which is how PostgreSQL shows bytes.
        as_bytes = {each for each in self.passwords | self.tokens if each.encode().hex() in said}
        # Six digits occur in any number: only on their own are they a code.
        return long | as_bytes | {code for code in self.codes if re.search(rf"\b{code}\b", said)}


async def test_codes_passwords_tokens_and_phones_are_written_nowhere_they_should_not_be(
    url: URL, database: Database, tmp_path: Path
) -> None:
    company = await create_company(database, phone_on_file=PHONE)
    canaries, log, ports = Canaries(), tmp_path / "both.log", (free_port(), free_port())
    trusting = configuration(url, trusted_proxies='["127.0.0.1/32"]', metrics_port=str(ports[0]))
    async with (
        running_sms_gateway() as gateway,
        worker_process(url, gateway, log=log, worker_metrics_port=str(ports[1])) as worker,
        running_api(trusting, log) as api,
        httpx.AsyncClient(base_url=api.url, timeout=PATIENCE) as client,
    ):
        await sign_up(client, company, gateway, canaries)
        await sign_in(client, canaries)
        await open_addresses(client, company, canaries)
        await go_wrong(client, canaries)
        await break_down(client, database, canaries)
        metrics, metrics_of_worker = [await metrics_at(port) for port in ports]
        for process in (worker, api.process):
            assert process is not None
            process.terminate()
        await asyncio.gather(worker.wait(), api.ended())

    logged, dump = log.read_text(), await everything_kept(database)
    statuses = {json.loads(problem)["status"] for problem in canaries.problems}
    assert statuses >= {400, 401, 404, 422, 500}
    assert "Traceback" in logged
    assert (len(canaries.codes), len(canaries.tokens)) == (2, 12)
    assert canaries.found_in(logged, phones=True) == set()
    assert canaries.found_in(metrics, phones=True) == set()
    assert 'cabinet_messages_total{status="sent"} 1.0' in metrics_of_worker
    assert canaries.found_in(metrics_of_worker, phones=True) == set()
    assert canaries.found_in("\n".join(canaries.problems), phones=False) == set()
    assert canaries.found_in(dump, phones=False) == set()
    # The search does find what is there.
    assert canaries.found_in(dump, phones=True) == SPELLINGS


async def metrics_at(port: int) -> str:
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    assert "cabinet_" in text
    return text


async def sign_up(
    client: httpx.AsyncClient, company: Company, gateway: FakeSmsGateway, canaries: Canaries
) -> None:
    body = {
        "phone": PHONE,
        "account_number": company.account.account_number,
        "tax_id": company.organization.tax_id,
        "password": PASSWORD,
    }
    started = await client.post("/v1/sign-ups", json=body, headers={"Idempotency-Key": "k-1"})

    async def has_come() -> bool:
        return bool(gateway.sent)

    await until(has_come)
    code = gateway.code_sent_to(PHONE)
    canaries.codes = {code, wrong(code)}
    confirmations = f"/v1/sign-ups/{started.json()['id']}/confirmations"
    for key, attempt in (("k-2", wrong(code)), ("k-3", code)):
        answer = await client.post(
            confirmations, json={"code": attempt}, headers={"Idempotency-Key": key}
        )
        canaries.hear(answer)


async def sign_in(client: httpx.AsyncClient, canaries: Canaries) -> None:
    mistyped = {"phone": PHONE, "password": MISTYPED}
    canaries.hear(await client.post("/v1/sessions", json=mistyped))
    body = {"phone": PHONE, "password": PASSWORD}
    answer = await client.post("/v1/sessions", json=body, headers={"Idempotency-Key": "k-4"})
    tokens = canaries.hear(answer).json()
    renewal = {"refresh_token": tokens["refresh_token"]}
    canaries.hear(await client.post("/v1/sessions/refresh", json=renewal))


async def open_addresses(client: httpx.AsyncClient, company: Company, canaries: Canaries) -> None:
    """Open what needs no sign-in but a secret in its address, and what is not quite it."""
    token = next(each for each in canaries.tokens if each.count(".") == JWT_DOTS)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-5"}
    charts = f"/v1/accounts/{company.account.id}/consumption/chart-links"
    for made_at in ("/v1/me/calendar-link", charts):
        made = await client.post(made_at, headers=headers)
        assert made.status_code == 201, made.text
        _, slash, path = made.json()["url"].partition("/v1/")
        address = slash + path
        secret = address.partition("token=")[2]
        canaries.tokens |= {secret, secret[:-1]}
        assert (await client.get(address)).status_code == 200
        for wrong_one in (f"{address}x", address[:-1], f"{address}&unknown={secret}"):
            answer = await client.get(wrong_one)
            if not answer.is_success:
                canaries.hear(answer)


async def go_wrong(client: httpx.AsyncClient, canaries: Canaries) -> None:
    token = next(each for each in canaries.tokens if each.count(".") == JWT_DOTS)
    for body in (
        {"phone": PHONE, "password": PASSWORD, "unknown": MISTYPED},
        {"phone": [PHONE], "password": {"of": PASSWORD}},
        {"phone": PHONE, "password": PASSWORD, "account_number": token},
    ):
        canaries.hear(await client.post("/v1/sessions", json=body))
    half = f'{{"phone": "{PHONE}", "password": "{PASSWORD}"'
    json_type = {"Content-Type": "application/json"}
    canaries.hear(await client.post("/v1/sessions", content=half, headers=json_type))
    for headers in ({"Authorization": f"Bearer {token}x"}, {"Authorization": f"Basic {token}"}):
        canaries.hear(await client.get("/v1/me", headers=headers))
    signed_in = {"Authorization": f"Bearer {token}"}
    canaries.hear(await client.get(f"/v1/accounts/{PHONE}", headers=signed_in))
    canaries.hear(await client.get("/v1/accounts", params={"cursor": token}, headers=signed_in))
    canaries.hear(await client.post("/v1/sessions/refresh", json={"refresh_token": token}))


async def break_down(client: httpx.AsyncClient, database: Database, canaries: Canaries) -> None:
    """Meet a failure that nobody has foreseen, in the middle of a sign-in."""
    await execute(database, UNEXPECTED[0])
    body = {"phone": PHONE, "password": PASSWORD}
    canaries.hear(await client.post("/v1/sessions", json=body))
    await execute(database, UNEXPECTED[1])


async def execute(database: Database, statement: TextClause) -> None:
    async with database.begin() as transaction:
        await transaction.execute(statement)
