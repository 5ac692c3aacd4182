"""Which values a submission is measured against, and what the form says of them."""

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.metering.reading import MOST_CORRECTIONS
from app.models.metering.register import Register
from tests.factories.people import SignedIn
from tests.factories.registry import (
    Company,
    create_meter,
    create_reading,
    create_register,
)
from tests.steps.metering.submitting import form, submit


@pytest.fixture
async def register(database: Database, company: Company) -> Register:
    """A second register of the account, read up to the end of September."""
    found = await create_register(database, await create_meter(database, company.account))
    await create_reading(database, found, period="2026-08", value="1100")
    await create_reading(database, found, period="2026-09", value="1200")
    return found


def shown(register: Register, value: str) -> dict[str, str]:
    return {"register_id": str(register.id), "value": value}


async def test_a_true_value_below_an_estimate_is_taken(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company, register: Register
) -> None:
    await create_reading(database, register, period="2026-10", value="1820", kind="estimated")
    [_, before] = await form(client, owner, company)

    response = await submit(client, owner, company, shown(register, "1250"))

    assert before["previous"] == {
        "value": "1820.000",
        "taken_on": "2026-11-01",
        "period": "2026-10",
        "kind": "estimated",
    }
    assert (response.status_code, response.json()["consumption_kwh"]) == (201, "50.000")


@pytest.mark.parametrize("value", ["1650", "1700"])
async def test_an_estimate_of_the_open_month_settles_nothing(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    register: Register,
    value: str,
) -> None:
    estimate = await create_reading(
        database, register, period="2026-11", value="1700", kind="estimated"
    )
    [_, before] = await form(client, owner, company)

    response = await submit(client, owner, company, shown(register, value))

    [item] = response.json()["items"]
    assert before["submitted"] is None
    assert (response.status_code, item["kind"]) == (201, "actual")
    assert item["supersedes"] == str(estimate.id)


async def test_a_reading_in_review_binds_nobody(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company, register: Register
) -> None:
    typed = {"status": "in_review", "source": "cabinet"}
    await create_reading(database, register, period="2026-10", value="9000", **typed)
    await create_reading(database, register, period="2026-12", value="10", **typed)
    [_, before] = await form(client, owner, company)

    response = await submit(client, owner, company, shown(register, "1300"))

    assert before["previous"]["taken_on"] == "2026-10-01"
    assert (response.status_code, response.json()["consumption_kwh"]) == (201, "100.000")


async def test_the_next_estimate_binds_nobody(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company, register: Register
) -> None:
    await create_reading(database, register, period="2026-12", value="1210", kind="estimated")

    response = await submit(client, owner, company, shown(register, "1300"))

    assert response.status_code == 201


@pytest.mark.parametrize("event", ["periodic", "control"])
async def test_a_value_of_any_day_binds(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    register: Register,
    event: str,
) -> None:
    await create_reading(database, register, period="2026-10", value="1290", event=event)

    response = await submit(client, owner, company, shown(register, "1280"))

    assert response.json()["errors"][0]["code"] == "reading_below_previous"


@pytest.mark.parametrize(
    ("version", "value", "status"),
    [
        (MOST_CORRECTIONS, "1301", 201),
        (MOST_CORRECTIONS + 1, "1301", 409),
        (MOST_CORRECTIONS + 1, "1300", 200),
    ],
)
async def test_a_value_is_corrected_a_number_of_times(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    register: Register,
    version: int,
    value: str,
    status: int,
) -> None:
    await create_reading(
        database, register, period="2026-11", value="1300", version=version, source="cabinet"
    )

    response = await submit(client, owner, company, shown(register, value))

    assert response.status_code == status
    assert response.json().get("code") == ("too_many_corrections" if status == 409 else None)


async def test_each_refusal_names_its_bound_in_three_languages(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company, register: Register
) -> None:
    await create_reading(
        database, register, period="2026-11", value="1300", version=51, source="cabinet"
    )

    details = set[str]()
    for language in ("uk", "en", "ru"):
        headers = owner.headers | {"Accept-Language": language}
        response = await client.post(
            f"/v1/accounts/{company.account.id}/readings",
            json={"readings": [shown(register, "1301")]},
            headers=headers,
        )
        details.add(response.json()["detail"])

    assert len(details) == 3
    assert all("50" in detail for detail in details)
