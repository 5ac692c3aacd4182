"""On a running copy with limits on addresses: who took a cabinet over is out after recovery."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.waiting import wait_until
from tests.e2e.journeys import (
    CODE,
    PASSWORD,
    ToTry,
    companies_in,
    confirm,
    inbox,
    start_sign_up,
)
from tests.e2e.product import Product, newcomers_environment, run_py, started

NEW_PHONE = "+380501112233"
ACCOMPLICE = "+380501112244"
THIEFS_PASSWORD = "Thief-1-Password"
OWNERS_PASSWORD = "Owner-2-Password"


@pytest.fixture(scope="module")
def product(folder: Path) -> Iterator[Product]:
    environment = newcomers_environment(folder / "state") | {"CABINET_LIMIT_ADDRESSES": "true"}
    with started(environment, cwd=folder) as product:
        yield product


@pytest.fixture
def client(product: Product) -> Iterator[httpx.Client]:
    with product.client() as client:
        yield client


@pytest.fixture(scope="module")
def companies(product: Product) -> list[ToTry]:
    return companies_in(product.said)


def sign_up(client: httpx.Client, company: ToTry) -> dict[str, str]:
    return bearer(confirm(client, start_sign_up(client, company), company))


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def next_code(client: httpx.Client, phone: str, before: int) -> str:
    """Return the code of the first SMS after so many that carries one."""

    def codes() -> list[str]:
        new = inbox(client, phone)[: len(inbox(client, phone)) - before]
        return [found[1] for each in new if (found := CODE.search(each["text"]))]

    wait_until(lambda: bool(codes()), seconds=30)
    return codes()[0]


def reset(client: httpx.Client, company: ToTry, phone: str, password: str) -> dict[str, str]:
    """Replace the password of a company's owner with the code on a phone."""
    before = len(inbox(client, phone))
    asked = client.post("/v1/password-resets", json={"account_number": company.account_number})
    assert asked.status_code == 202, asked.text
    body = {"code": next_code(client, phone, before), "new_password": password}
    done = client.post(f"/v1/password-resets/{asked.json()['id']}/confirmations", json=body)
    assert done.status_code == 201, done.text
    return bearer(done.json())


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_dismissed_director_is_out(
    product: Product, client: httpx.Client, companies: list[ToTry]
) -> None:
    company = companies[0]
    director = sign_up(client, company)
    body = {"phone": ACCOMPLICE, "full_name": "Accomplice", "role": "manager"}
    invited = client.post("/v1/invitations", json=body, headers=director)
    assert invited.status_code == 202, invited.text
    code = next_code(client, ACCOMPLICE, 0)

    replaced = run_py(
        *("members", "replace-phone", "--tax-id", company.tax_id, "--phone", NEW_PHONE),
        *("--operator", "o.kravets", "--reason", "a new director, passport shown"),
        environment=product.environment,
        cwd=product.log.parent,
    )

    assert replaced.returncode == 0, replaced.stderr
    credentials = {"account_number": company.account_number, "password": PASSWORD}
    acceptance = {"code": code, "password": PASSWORD}
    accept = f"/v1/invitations/{invited.json()['id']}/acceptances"
    assert refusal(client.get("/v1/me", headers=director)) == (401, "session_ended")
    assert refusal(client.post("/v1/sessions", json=credentials))[1] == "credentials_rejected"
    assert refusal(client.post(accept, json=acceptance)) == (409, "invitation_closed")
    owner = reset(client, company, NEW_PHONE, OWNERS_PASSWORD)
    members = client.get("/v1/members", headers=owner).json()["items"]
    assert [each["role"] for each in members] == ["owner"]


def test_the_thief_of_the_number_is_out(client: httpx.Client, companies: list[ToTry]) -> None:
    company, partner = companies[1:3]
    partners_owner = sign_up(client, partner)
    owner = sign_up(client, company)
    thief = reset(client, company, company.phone, THIEFS_PASSWORD)
    asking = {"account_number": company.account_number, "tax_id": company.tax_id}
    inviting = {"phone": ACCOMPLICE, "full_name": "Accomplice", "role": "manager"}

    tried = [
        client.post("/v1/invitations", json=inviting, headers=thief),
        client.post("/v1/account-links", json=asking, headers=partners_owner),
        client.delete("/v1/cabinet-freeze", headers=thief),
    ]

    assert [refusal(each) for each in tried] == [
        (409, "hold_after_reset"),
        (409, "consent_unavailable"),
        (409, "hold_after_reset"),
    ]
    assert refusal(client.get("/v1/me", headers=owner)) == (401, "session_ended")
    recovered = reset(client, company, company.phone, OWNERS_PASSWORD)
    credentials = {"account_number": company.account_number, "password": THIEFS_PASSWORD}
    assert refusal(client.get("/v1/me", headers=thief)) == (401, "session_ended")
    assert refusal(client.post("/v1/sessions", json=credentials))[1] == "credentials_rejected"
    links = client.get("/v1/account-links", headers=recovered).json()["items"]
    assert {each["holder"]["tax_id"] for each in links} == {company.tax_id}
    assert client.put("/v1/cabinet-freeze", headers=recovered).status_code == 204
