"""Failed sign-ins leave a trace that one can watch and that names nobody (A12)."""

import re

import structlog
from httpx import AsyncClient

PHONE = "+380671234588"
NUMBER = "1000000748"


async def fail(client: AsyncClient, **name: str) -> None:
    answer = await client.post("/v1/sessions", json={**name, "password": "Wrong123!"})
    assert answer.status_code == 401


async def counted(client: AsyncClient) -> float:
    metrics = (await client.get("/metrics")).text
    line = r'^cabinet_sign_in_failures_total\{code="credentials_rejected"\} (.+)$'
    return sum(float(each) for each in re.findall(line, metrics, re.MULTILINE))


async def test_a_failed_sign_in_is_logged_without_a_name_and_counted(client: AsyncClient) -> None:
    before = await counted(client)
    with structlog.testing.capture_logs() as lines:
        await fail(client, phone=PHONE)
        await fail(client, account_number=NUMBER)
        await fail(client, account_number=NUMBER)

    failed = [line for line in lines if line["event"] == "sign_in_failed"]
    assert [line["code"] for line in failed] == ["credentials_rejected"] * 3
    assert {line["network"] for line in failed} == {"127.0.0.0/24"}
    assert failed[0]["subject"] != failed[1]["subject"] == failed[2]["subject"]
    assert PHONE[1:] not in str(lines)
    assert NUMBER not in str(lines)
    assert await counted(client) == before + 3
