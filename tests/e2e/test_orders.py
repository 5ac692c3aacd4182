"""One order from the draft to the act: the customer over HTTP, the staff by its commands."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.waiting import wait_until
from tests.e2e.journeys import companies_in, confirm, sign_in_with, start_sign_up
from tests.e2e.product import Product, newcomers_environment, run_py, started
from tests.steps.orders.files import PDF

pytestmark = pytest.mark.slow

BY = ("--operator", "o.kravets", "--reason", "estimate 12")
STATION = {"power_kw": 16, "from": "2027-03-01", "to": "2027-06-30", "address": "Київ"}
CONTACT = {"name": "Олена", "phone": "067 123 45 88"}


@pytest.fixture
def product(folder: Path) -> Iterator[Product]:
    with started(newcomers_environment(folder / "state"), cwd=folder) as product:
        yield product


def staff(product: Product, folder: Path, *arguments: str) -> str:
    """Run a command of the operator, and return what it said."""
    done = run_py("orders", *arguments, environment=product.environment, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def drafted(client: httpx.Client) -> str:
    account = client.get("/v1/accounts", params={"status": "linked"}).json()["items"][0]["id"]
    body = {"service_code": "temp_connection", "account_id": account, "answers": STATION}
    placed = client.post("/v1/orders", json=body | {"contact": CONTACT, "submit": False})
    assert placed.status_code == 201, placed.text
    order = f"/v1/orders/{placed.json()['id']}"
    attached = client.post(
        f"{order}/attachments",
        files={"file": ("заява.pdf", PDF)},
        data={"document_code": "request"},
    )
    assert attached.status_code == 201, attached.text
    return order


def pay(client: httpx.Client, invoice_id: str) -> None:
    payment = client.post("/v1/payments", json={"invoice_ids": [invoice_id]})
    assert payment.status_code == 201, payment.text
    assert client.post(f"{payment.json()['page_url']}/pay").is_redirect


class Customer:
    """Somebody who has just signed up, and one order of theirs."""

    def __init__(self, client: httpx.Client, product: Product) -> None:
        company = companies_in(product.said)[0]
        sign_in_with(client, confirm(client, start_sign_up(client, company), company))
        self._client = client
        self._order = drafted(client)

    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(self._order).json()
        return found

    def does(self, path: str) -> dict[str, Any]:
        answer = self._client.post(f"{self._order}/{path}")
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def pays(self) -> None:
        wait_until(lambda: self.shown()["fee"]["status"] == "invoiced", seconds=30)
        pay(self._client, self.shown()["invoice_id"])
        wait_until(lambda: self.shown()["status"] == "paid", seconds=30)

    def first_slot(self) -> str:
        return str(self._client.get(f"{self._order}/slots").json()["items"][0]["starts_at"])

    def downloads(self, attachment: dict[str, Any]) -> bytes:
        return self._client.get(f"{self._order}/attachments/{attachment['id']}").content


def test_from_the_draft_to_the_act(product: Product, folder: Path) -> None:
    act = folder / "act.pdf"
    act.write_bytes(PDF)
    with product.client() as client:
        customer = Customer(client, product)
        number = customer.does("submissions")["number"]
        listed = json.loads(staff(product, folder, "list", "--json"))
        staff(product, folder, "quote", number, "5400.00", "--valid-until", "2099-12-31", *BY)
        customer.does("quote-acceptances")
        customer.pays()
        slot = customer.first_slot()
        staff(product, folder, "schedule", number, slot, *BY)
        staff(product, folder, "move", number, "in_progress", *BY)
        staff(product, folder, "act", number, str(act), *BY)
        staff(product, folder, "move", number, "done", "--comment", "Працює.", *BY)
        done = customer.shown()
        files = {each["document_code"]: customer.downloads(each) for each in done["attachments"]}
        signed = customer.does("act-acceptances")

    assert [(each["number"], each["status"]) for each in listed] == [(number, "registered")]
    assert (done["status"], done["appointment"]["starts_at"]) == ("done", slot)
    assert done["history"][-1]["comment"] == "Працює."
    assert files == {"request": PDF, "act": PDF}
    assert signed["status"] == "act_signed"
