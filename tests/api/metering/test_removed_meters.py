"""The month in which a meter was exchanged: the form asks for both, and both parts count."""

from datetime import date

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.metering.register import Register
from tests.factories.people import SignedIn
from tests.factories.registry import (
    Company,
    create_meter,
    create_reading,
    create_register,
)
from tests.steps.metering.submitting import form, submit

EXCHANGED_ON = date(2026, 11, 15)


@pytest.fixture
async def removed(database: Database, company: Company) -> Register:
    """A register of exported energy, removed in mid-month."""
    meter = await create_meter(database, company.account, removed_on=EXCHANGED_ON)
    register = await create_register(database, meter, energy="active_export")
    await create_reading(database, register, period="2026-10", value="140")
    return register


@pytest.fixture
async def installed(database: Database, company: Company) -> Register:
    """The register that followed it."""
    meter = await create_meter(database, company.account, installed_on=EXCHANGED_ON)
    register = await create_register(database, meter, energy="active_export")
    await create_reading(
        database, register, period="2026-11", value="5", read_on=EXCHANGED_ON, event="installed"
    )
    return register


async def test_a_form_answered_as_given_is_accepted(
    client: AsyncClient, owner: SignedIn, company: Company, removed: Register, installed: Register
) -> None:
    registers = await form(client, owner, company)
    values = {str(removed.id): "150", str(installed.id): "25", str(company.register.id): "1700"}
    answers = [
        {"register_id": each["register_id"], "value": values[each["register_id"]]}
        for each in registers
    ]

    response = await submit(client, owner, company, *answers)

    assert response.status_code == 201, response.text
    asked = {each["register_id"]: each["removed_on"] for each in registers}
    assert asked[str(removed.id)] == "2026-11-15"
    assert asked[str(installed.id)] is None
    closing = next(
        item for item in response.json()["items"] if item["register_id"] == str(removed.id)
    )
    assert (closing["event"], closing["read_on"], closing["period"]) == (
        "removed",
        "2026-11-15",
        "2026-11",
    )
    assert closing["taken_at"] == "2026-11-14T22:00:00Z"
    month = await client.get(
        f"/v1/accounts/{company.account.id}/consumption",
        params={"from": "2026-11", "to": "2026-11", "energy": "active_export"},
        headers=owner.headers,
    )
    [november] = month.json()["items"]
    assert (november["kwh"], november["is_complete"]) == ("30.000", True)


async def test_the_closing_value_may_have_been_read_on_the_day_of_removal_and_not_before(
    client: AsyncClient, owner: SignedIn, company: Company, removed: Register
) -> None:
    answer = {"register_id": str(removed.id), "value": "150"}

    early = await submit(client, owner, company, answer | {"taken_at": "2026-11-14T10:00:00Z"})
    then = await submit(client, owner, company, answer | {"taken_at": "2026-11-15T10:00:00Z"})

    assert early.json()["code"] == "reading_time_impossible"
    assert then.status_code == 201


async def test_a_removed_register_whose_closing_value_is_known_is_not_asked_for(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company, removed: Register
) -> None:
    await create_reading(
        database, removed, period="2026-11", value="150", read_on=EXCHANGED_ON, event="removed"
    )

    registers = await form(client, owner, company)
    response = await submit(
        client, owner, company, {"register_id": str(removed.id), "value": "151"}
    )

    assert [each["register_id"] for each in registers] == [str(company.register.id)]
    assert (response.status_code, response.json()["code"]) == (409, "reading_period_settled")


async def test_the_closing_value_is_corrected_and_judged_like_any_other(
    client: AsyncClient, owner: SignedIn, company: Company, removed: Register
) -> None:
    low = await submit(client, owner, company, {"register_id": str(removed.id), "value": "139"})
    first = await submit(client, owner, company, {"register_id": str(removed.id), "value": "150"})
    second = await submit(client, owner, company, {"register_id": str(removed.id), "value": "151"})

    assert low.json()["code"] == "reading_below_previous"
    assert second.json()["items"][0]["supersedes"] == first.json()["items"][0]["id"]
    [shown] = [
        each
        for each in await form(client, owner, company)
        if each["register_id"] == str(removed.id)
    ]
    assert shown["submitted"] == second.json()["items"][0]
