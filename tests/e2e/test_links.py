"""A company that was only let look, on a running product that limits addresses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.waiting import wait_until
from tests.e2e.journeys import (
    CODE,
    ToTry,
    companies_in,
    confirm,
    inbox,
    sign_in_with,
    start_sign_up,
    usual,
)
from tests.e2e.product import Product, newcomers_environment, started


@pytest.fixture
def product(folder: Path) -> Iterator[Product]:
    environment = newcomers_environment(folder / "state") | {"CABINET_LIMIT_ADDRESSES": "true"}
    with started(environment, cwd=folder) as product:
        yield product


def become_a_member(client: httpx.Client, company: ToTry) -> None:
    tokens = confirm(client, start_sign_up(client, company), company)
    assert tokens["ownership"] == "proven"
    sign_in_with(client, tokens)


def code_sent(client: httpx.Client, company: ToTry) -> str | None:
    found = [CODE.search(sms["text"]) for sms in inbox(client, company.phone)]
    return next((code[1] for code in found if code), None)


def link(looking: httpx.Client, owner: ToTry) -> str:
    """Let the looking company see the owner's account, and return the account's address."""
    used = code_sent(looking, owner)
    wish = {"account_number": owner.account_number, "tax_id": owner.tax_id}
    asked = looking.post("/v1/account-links", json=wish)
    assert asked.status_code == 202, asked.text
    assert '"sends-address-hour";q=5' in asked.headers["ratelimit-policy"], "addresses are limited"
    wait_until(lambda: code_sent(looking, owner) != used, seconds=30)
    code = {"code": code_sent(looking, owner)}
    linked = looking.post(f"/v1/account-links/{asked.json()['id']}/confirmations", json=code)
    assert linked.status_code == 201, linked.text
    return f"/v1/accounts/{linked.json()['account']['id']}"


def refusals(client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.get("/v1/audit-events", params={"action": "readings.refused"})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_company_that_was_let_look_submits_nothing_and_both_see_what_it_tried(
    product: Product,
) -> None:
    first, second = companies_in(product.said)[:2]
    with product.client() as owner, product.client() as looking:
        become_a_member(owner, first)
        become_a_member(looking, second)
        account = link(looking, first)

        form = looking.get(f"{account}/reading-form").json()
        assert form["may_submit"] is False
        typed = [each for each in form["registers"] if each["expected"] and not each["refusal"]]
        body = {"readings": [usual(register) for register in typed]}
        refused = looking.post(f"{account}/readings", json=body)

        assert (refused.status_code, refused.json()["code"]) == (403, "link_scope_missing")
        shown = owner.get(f"{account}/reading-form").json()["registers"]
        assert all(each["submitted"] is None for each in shown)
        [ours], [theirs] = refusals(looking), refusals(owner)
        assert ours["details"]["with_tax_id"] == first.tax_id
        assert theirs["details"]["by_tax_id"] == second.tax_id
        assert theirs["member"] is theirs["address"] is None

        blocked = owner.put(f"/v1/blocked-companies/{second.tax_id}")
        wish = {"account_number": first.account_number, "tax_id": first.tax_id, "scope": "all"}
        asked = looking.post("/v1/account-links", json=wish)
        assert blocked.status_code == 204
        assert (asked.status_code, asked.json()["code"]) == (409, "company_blocked")
