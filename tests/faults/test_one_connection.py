"""No request ever holds two connections: with one place, every route still answers (R6)."""

from collections.abc import AsyncIterator

import pytest
from httpx import Response
from sqlalchemy import URL

from app.main import document
from app.models.code_challenge import RESEND_AFTER
from tests.factories.people import PASSWORD, new_phone
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.faults.cabinets import Cabinet, Keys, cabinet_over
from tests.faults.codes import code_of

MONTHS = {"from": "2026-09", "to": "2026-11"}


class Visitor:
    """Calls operations by their name in the OpenAPI document, and remembers which."""

    def __init__(self, cabinet: Cabinet) -> None:
        self._client = cabinet.client
        self._places = {
            operation["operationId"]: (method, path)
            for path, methods in document()["paths"].items()
            for method, operation in methods.items()
        }
        self.headers: dict[str, str] = {}
        self.left = set(self._places)

    async def call(self, operation: str, body: object = None, **places: str) -> Response:
        method, path = self._places[operation]
        in_path = {name: places.pop(name) for name in list(places) if f"{{{name}}}" in path}
        key = {"Idempotency-Key": operation} if method == "post" else {}
        response = await self._client.request(
            method, path.format(**in_path), json=body, params=places, headers=self.headers | key
        )
        assert response.is_success, (operation, response.text)
        self.left.discard(operation)
        return response


@pytest.fixture
async def cabinet(url: URL, clock: FrozenClock, keys: Keys) -> AsyncIterator[Cabinet]:
    async with cabinet_over(url, clock=clock, keys=keys, places=1) as cabinet:
        yield cabinet


async def test_one_place_serves_every_route(
    cabinet: Cabinet, keys: Keys, clock: FrozenClock
) -> None:
    history = {"2026-09": "900", "2026-10": "1000"}
    phone = new_phone()
    company = await create_company(cabinet.database, phone_on_file=phone, history=history)
    visitor = Visitor(cabinet)

    for operation in ("checkLive", "checkReady", "getPasswordPolicy"):
        await visitor.call(operation)
    for operation in ("listContacts", "listHelpTopics"):
        await visitor.call(operation)
    await sign_up(visitor, company, cabinet, keys, clock)
    await sign_in(visitor, phone)
    await read(visitor, company)
    await visitor.call("signOut")

    assert visitor.left == set()


async def sign_up(
    visitor: Visitor, company: Company, cabinet: Cabinet, keys: Keys, clock: FrozenClock
) -> None:
    body = {
        "phone": company.organization.phone_on_file,
        "account_number": company.account.account_number,
        "tax_id": company.organization.tax_id,
        "password": PASSWORD,
    }
    sign_up_id = (await visitor.call("startSignUp", body)).json()["id"]
    await visitor.call("getSignUp", sign_up_id=sign_up_id)
    clock.advance(RESEND_AFTER)
    await visitor.call("resendSignUpCode", sign_up_id=sign_up_id)
    code = {"code": await code_of(cabinet.database, keys.secret_key, sign_up_id)}
    await visitor.call("confirmSignUp", code, sign_up_id=sign_up_id)


async def sign_in(visitor: Visitor, phone: str) -> None:
    tokens = (await visitor.call("signIn", {"phone": phone, "password": PASSWORD})).json()
    renewed = await visitor.call("refreshSession", {"refresh_token": tokens["refresh_token"]})
    visitor.headers["Authorization"] = f"Bearer {renewed.json()['access_token']}"


async def read(visitor: Visitor, company: Company) -> None:
    account_id = str(company.account.id)
    await visitor.call("getMe")
    await visitor.call("listAccounts")
    await visitor.call("getAccount", account_id=account_id)
    await visitor.call("getReadingForm", account_id=account_id)
    reading = {"register_id": str(company.register.id), "value": "1100"}
    submitted = await visitor.call("submitReadings", {"readings": [reading]}, account_id=account_id)
    [item] = submitted.json()["items"]
    await visitor.call("listReadings", account_id=account_id)
    await visitor.call("getReading", reading_id=item["id"])
    await visitor.call("getReadingReceipt", receipt_id=submitted.json()["receipt_id"])
    await visitor.call("getAccountConsumption", account_id=account_id, **MONTHS)
    await visitor.call("getAccountConsumptionChart", account_id=account_id, **MONTHS)
    await visitor.call("getConsumption", **MONTHS)
