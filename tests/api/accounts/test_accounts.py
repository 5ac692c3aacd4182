from datetime import date
from uuid import uuid4

from httpx import AsyncClient

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import (
    Company,
    create_account,
    create_meter,
    create_reading,
    create_register,
)


async def test_the_member_sees_themselves_and_their_company(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    await create_account(database, company.organization)

    response = await client.get("/v1/me", headers=owner.headers)

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "member": {
            "id": str(owner.member.id),
            "full_name": None,
            "phone_masked": f"+380 50 *** ** {owner.member.phone[-2:]}",
            "role": "owner",
            "locale": "uk",
        },
        "organization": {"tax_id": company.organization.tax_id, "name": "ТОВ «Пекарня»"},
        "ownership": "proven",
        "ownership_ways": [],
        "ownership_effective_at": None,
        "hold_ends_at": None,
        "ended_at_reset": None,
        "cabinet_frozen_at": None,
        "counts": {"linked_accounts": 1, "available_accounts": 1, "meters": 1},
    }


def shown(company: Company, *, account_id: object, number: str, status: str, meters: int) -> object:
    return {
        "id": str(account_id),
        "account_number": number,
        "organization": {"tax_id": company.organization.tax_id, "name": "ТОВ «Пекарня»"},
        "address": "м. Київ, вул. Хрещатик, 1",
        "contract": {"number": "1/1", "date": "2024-01-01"},
        "status": status,
        "meters_count": meters,
        "reading_window": {
            "period": "2026-11",
            "opens_at": "2026-11-28T22:00:00Z",
            "closes_at": "2026-12-03T22:00:00Z",
            "state": "open",
        },
    }


async def test_linked_accounts_and_those_that_could_be_are_told_apart(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    other = await create_account(database, company.organization)
    linked = shown(
        company,
        account_id=company.account.id,
        number=company.account.account_number,
        status="linked",
        meters=1,
    )
    available = shown(
        company, account_id=other.id, number=other.account_number, status="available", meters=0
    )

    both = await client.get("/v1/accounts", headers=owner.headers)
    only_linked = await client.get("/v1/accounts?status=linked", headers=owner.headers)
    only_available = await client.get("/v1/accounts?status=available", headers=owner.headers)

    assert both.json() == {"items": [linked, available], "next_cursor": None}
    assert only_linked.json()["items"] == [linked]
    assert only_available.json()["items"] == [available]


async def test_a_long_list_is_read_in_stretches(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    for _ in range(4):
        await create_account(database, company.organization)

    numbers, cursor = [], ""
    while True:
        page = (
            await client.get(f"/v1/accounts?limit=2&cursor={cursor}", headers=owner.headers)
            if cursor
            else await client.get("/v1/accounts?limit=2", headers=owner.headers)
        ).json()
        numbers += [item["account_number"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]

    assert len(numbers) == 5
    assert numbers == sorted(set(numbers))


async def test_a_cursor_fits_the_list_it_came_from(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    await create_account(database, company.organization)
    page = (await client.get("/v1/accounts?limit=1", headers=owner.headers)).json()

    for query in (f"status=linked&cursor={page['next_cursor']}", "cursor=abc", "cursor="):
        response = await client.get(f"/v1/accounts?{query}", headers=owner.headers)
        assert (response.status_code, response.json()["code"]) == (422, "cursor_invalid")


async def test_an_account_shows_its_meters_and_registers(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    removed = await create_meter(database, company.account, removed_on=date(2025, 12, 1))
    await create_register(database, removed)

    response = await client.get(f"/v1/accounts/{company.account.id}", headers=owner.headers)

    points = response.json()["metering_points"]
    assert [len(point["meters"]) for point in points] == [1, 1]
    assert points[0]["meters"] == [
        {
            "id": str(company.meter.id),
            "serial_number": company.meter.serial_number,
            "model": "НІК 2303",
            "installed_on": "2025-01-01",
            "removed_on": None,
            "verification_due_on": "2033-06-30",
            "is_remote": False,
            "registers": [
                {
                    "id": str(company.register.id),
                    "code": "1.8.0",
                    "energy": "active_import",
                    "zone": "total",
                    "digits": 6,
                    "decimals": 1,
                    "multiplier": "1",
                    "last_reading": {
                        "value": "1600.000",
                        "period": "2026-10",
                        "taken_at": "2026-10-31T22:00:00Z",
                        "kind": "actual",
                    },
                }
            ],
        }
    ]
    assert points[1]["meters"][0]["registers"][0]["last_reading"] is None


async def test_another_companys_account_does_not_exist(
    client: AsyncClient, stranger: SignedIn, company: Company, database: Database
) -> None:
    await create_reading(database, company.register, period="2026-11", value="1700")

    foreign = await client.get(f"/v1/accounts/{company.account.id}", headers=stranger.headers)
    absent = await client.get(f"/v1/accounts/{uuid4()}", headers=stranger.headers)

    for response in (foreign, absent):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_an_account_that_is_not_linked_is_not_shown(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    other = await create_account(database, company.organization)

    response = await client.get(f"/v1/accounts/{other.id}", headers=owner.headers)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
