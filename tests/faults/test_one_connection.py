"""No request ever holds two connections: with one place, every route still answers (R6)."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL

from app.models.messages.code_challenge import RESEND_AFTER
from tests.factories.people import PASSWORD, new_phone
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.faults.cabinets import Cabinet, Keys, cabinet_over
from tests.faults.codes import code_of
from tests.faults.visitor import Identity, Visitor

MONTHS = {"from": "2026-09", "to": "2026-11"}


@pytest.fixture
async def cabinet(url: URL, clock: FrozenClock, keys: Keys) -> AsyncIterator[Cabinet]:
    async with cabinet_over(url, clock=clock, keys=keys, places=1) as cabinet:
        yield cabinet


async def test_one_place_serves_every_route(
    cabinet: Cabinet, keys: Keys, clock: FrozenClock
) -> None:
    history = {"2026-09": "900", "2026-10": "1000"}
    phone = new_phone()
    company = await create_company(cabinet.database, history=history)
    visitor = Visitor(cabinet)

    for operation in ("checkLive", "checkReady", "getPasswordPolicy"):
        await visitor.call(operation)
    for operation in ("listContacts", "listHelpTopics"):
        await visitor.call(operation)
    await sign_up(visitor, company, phone, cabinet, keys, clock)
    await sign_in(visitor, phone)
    number = company.account.account_number
    code = keys.secret_key.activation_code(account_number=number, month="2026-11")
    await visitor.call("proveOwnership", {"activation_code": code})
    await read(visitor, company)
    await Identity(visitor, cabinet, keys, clock).visit(phone=phone, account_number=number)
    await visitor.ask_for_nothing()
    await visitor.call("signOut")

    assert visitor.left == set()


async def sign_up(
    visitor: Visitor,
    company: Company,
    phone: str,
    cabinet: Cabinet,
    keys: Keys,
    clock: FrozenClock,
) -> None:
    body = {
        "phone": phone,
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
