"""What a newcomer does with the product, over HTTP."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from tests.cli.waiting import wait_until

PASSWORD = "Qwer123!"
ROW = re.compile(
    r"^  (?P<name>.+?)  +(?P<phone>\+380\d{9})  +(?P<number>\d+)  +(?P<tax_id>\d+)$", re.MULTILINE
)
CODE = re.compile(r"#(\d+)$")


@dataclass(frozen=True)
class ToTry:
    """A company that the product offers to those who try it."""

    phone: str
    account_number: str
    tax_id: str


def companies_in(said: str) -> list[ToTry]:
    return [ToTry(row["phone"], row["number"], row["tax_id"]) for row in ROW.finditer(said)]


def start_sign_up(client: httpx.Client, company: ToTry) -> str:
    answer = client.post(
        "/v1/sign-ups",
        json={
            "phone": company.phone,
            "account_number": company.account_number,
            "tax_id": company.tax_id,
            "password": PASSWORD,
        },
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def inbox(client: httpx.Client, phone: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/sandbox/sms/messages", params={"to": phone}).json()[
        "items"
    ]
    return items


def confirm(client: httpx.Client, sign_up: str, company: ToTry) -> dict[str, Any]:
    """Wait for the SMS, and type its code."""
    wait_until(lambda: bool(inbox(client, company.phone)), seconds=30)
    code = CODE.search(inbox(client, company.phone)[0]["text"])
    assert code is not None
    answer = client.post(f"/v1/sign-ups/{sign_up}/confirmations", json={"code": code[1]})
    assert answer.status_code == 201, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def sign_in_with(client: httpx.Client, tokens: dict[str, Any]) -> None:
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"


def usual(register: dict[str, Any]) -> dict[str, str]:
    """Return a reading of the value in the middle of what is expected."""
    low, high = (Decimal(register["expected"][bound]) for bound in ("low", "high"))
    value = ((low + high) / 2).quantize(Decimal(1).scaleb(-register["decimals"]))
    return {"register_id": register["register_id"], "value": str(value)}


def unusual(register: dict[str, Any]) -> dict[str, str]:
    """Return a reading of three times what is expected at the most."""
    previous, high = Decimal(register["previous"]["value"]), Decimal(register["expected"]["high"])
    return {"register_id": register["register_id"], "value": str(previous + 3 * (high - previous))}
