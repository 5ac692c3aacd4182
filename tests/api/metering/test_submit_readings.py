import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.metering.actions import MeteringAction
from app.models.metering.reading import Reading
from app.models.metering.reading_receipt import ReadingReceipt
from tests.factories.people import SignedIn
from tests.factories.registry import (
    Company,
)
from tests.steps.metering.submitting import count, shows, submit
from tests.steps.operations.audit import audited


async def test_a_reading_is_recorded_with_its_receipt(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    response = await submit(client, owner, company, shows(company, "1700.0"))

    assert response.status_code == 201
    body = response.json()
    reading = body["items"][0]
    assert body == {
        "period": "2026-11",
        "items": [
            {
                "id": reading["id"],
                "register_id": str(company.register.id),
                "period": "2026-11",
                "read_on": "2026-12-01",
                "event": "periodic",
                "value": "1700.000",
                "taken_at": "2026-11-30T10:00:00Z",
                "submitted_at": "2026-11-30T10:00:00Z",
                "source": "cabinet",
                "status": "accepted",
                "kind": "actual",
                "consumption_kwh": "100.000",
                "findings": [],
                "supersedes": None,
                "submitted_by": None,
                "review": None,
            }
        ],
        "consumption_kwh": "100.000",
        "receipt_id": body["receipt_id"],
    }
    got = await client.get(f"/v1/readings/{reading['id']}", headers=owner.headers)
    assert got.json() == reading
    receipt = await client.get(f"/v1/reading-receipts/{body['receipt_id']}", headers=owner.headers)
    assert receipt.json()["items"] == [reading]
    assert len(receipt.json()["digest"]) == 64
    assert await audited(database, company) == [MeteringAction.READINGS_SUBMITTED]


@pytest.mark.parametrize("value", [1700, 1700.5, "1700.0", "001700.5"])
async def test_numbers_may_come_as_numbers_or_strings(
    client: AsyncClient, owner: SignedIn, company: Company, value: object
) -> None:
    response = await submit(client, owner, company, shows(company, value))

    assert response.status_code == 201


async def test_within_the_window_the_last_value_wins(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    first = (await submit(client, owner, company, shows(company, "1700"))).json()["items"][0]

    response = await submit(client, owner, company, shows(company, "1710"))

    second = response.json()["items"][0]
    assert (response.status_code, second["supersedes"]) == (201, first["id"])
    listed = (
        await client.get(
            f"/v1/accounts/{company.account.id}/readings?from=2026-11", headers=owner.headers
        )
    ).json()["items"]
    assert [(item["value"], item["status"]) for item in listed] == [
        ("1710.000", "accepted"),
        ("1700.000", "superseded"),
    ]


async def test_the_same_value_again_is_the_same_reading(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    first = await submit(client, owner, company, shows(company, "1700"))

    again = await submit(client, owner, company, shows(company, "1700.0"))

    assert (again.status_code, again.json()) == (200, first.json() | {"bill": None})
    assert await count(database, ReadingReceipt) == 1


async def test_a_dry_run_keeps_nothing(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    before = await count(database, Reading)

    response = await submit(client, owner, company, shows(company, "1700"), dry_run=True)

    body = response.json()
    assert response.status_code == 200
    assert (body["receipt_id"], body["items"][0]["id"]) == (None, None)
    assert body["consumption_kwh"] == "100.000"
    assert await count(database, Reading) == before
