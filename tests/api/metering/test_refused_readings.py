from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.metering.reading import Reading
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import (
    Company,
    create_meter,
    create_reading,
    create_register,
)
from tests.fakes.clock import FrozenClock
from tests.steps.metering.submitting import count, form, shows, submit


@pytest.mark.parametrize(
    ("value", "status", "code"),
    [
        ("1599.9", 422, "reading_below_previous"),
        ("1000000", 422, "reading_exceeds_register"),
        ("1700.55", 422, "too_many_decimals"),
        ("-1", 422, "reading_exceeds_register"),
        ("1.7e3", 422, "validation_failed"),
        ("NaN", 422, "validation_failed"),
        ("", 422, "validation_failed"),
        (None, 422, "validation_failed"),
        (True, 422, "validation_failed"),
    ],
)
async def test_what_cannot_be_true_is_refused(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    value: object,
    status: int,
    code: str,
) -> None:
    before = await count(database, Reading)

    response = await submit(client, owner, company, shows(company, value))

    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert problem["errors"][0]["pointer"] == "/readings/0/value"
    assert problem["errors"][0]["detail"]
    assert await count(database, Reading) == before


async def test_every_wrong_reading_is_named_and_none_is_kept(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    night = await create_register(database, company.meter, code="1.8.2", zone="night")
    before = await count(database, Reading)

    response = await submit(
        client,
        owner,
        company,
        shows(company, "1.0"),
        {"register_id": str(night.id), "value": "7.77"},
        {"register_id": str(uuid4()), "value": "7"},
        shows(company, "1700"),
    )

    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "reading_below_previous")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [
        ("/readings/0/value", "reading_below_previous"),
        ("/readings/1/value", "too_many_decimals"),
        ("/readings/2/register_id", "register_not_found"),
        ("/readings/3/register_id", "register_repeated"),
    ]
    assert await count(database, Reading) == before


@pytest.mark.parametrize(
    ("moment", "period", "named"),
    [
        (datetime(2026, 11, 20, tzinfo=UTC), None, "2026-11"),
        (datetime(2026, 11, 30, tzinfo=UTC), "2026-12", "2026-12"),
        (datetime(2026, 11, 30, tzinfo=UTC), "2026-10", "2026-10"),
        (datetime(2026, 12, 3, 22, tzinfo=UTC), "2026-11", "2026-11"),
    ],
)
async def test_outside_the_window_nothing_is_taken(
    client: AsyncClient,
    owner: SignedIn,
    company: Company,
    clock: FrozenClock,
    access_tokens: AccessTokens,
    moment: datetime,
    period: str | None,
    named: str,
) -> None:
    clock.moment = moment
    token = access_tokens.issue(owner.credentials, now=moment)

    response = await client.post(
        f"/v1/accounts/{company.account.id}/readings",
        json={"readings": [shows(company, "1700")], "period": period},
        headers={"Authorization": f"Bearer {token}"},
    )

    problem = response.json()
    assert (response.status_code, problem["code"]) == (409, "reading_window_closed")
    assert problem["period"] == named
    assert problem["opens_at"] < problem["closes_at"]


@pytest.mark.parametrize(
    ("period", "told"), [("2026-10", "were taken from"), ("2026-12", "are taken from")]
)
async def test_what_is_over_is_not_said_to_come(
    client: AsyncClient, owner: SignedIn, company: Company, period: str, told: str
) -> None:
    response = await client.post(
        f"/v1/accounts/{company.account.id}/readings",
        json={"readings": [shows(company, "1700")], "period": period},
        headers=owner.headers | {"Accept-Language": "en"},
    )

    problem = response.json()
    assert problem["code"] == "reading_window_closed"
    assert told in problem["detail"]
    assert ("October" if period == "2026-10" else "December") in problem["detail"]
    assert ("when the window opens" in problem["detail"]) is (period == "2026-12")


async def test_a_negative_value_is_told_what_the_meter_shows(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    response = await submit(client, owner, company, shows(company, "-5"))

    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "reading_exceeds_register")
    assert " 0 " in problem["detail"]


async def test_a_remote_meter_is_not_typed_in(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    remote = await create_register(
        database, await create_meter(database, company.account, is_remote=True)
    )

    response = await submit(client, owner, company, {"register_id": str(remote.id), "value": "1"})

    assert (response.status_code, response.json()["code"]) == (409, "register_is_remote")


@pytest.mark.parametrize(
    ("meter", "code"),
    [
        ({"removed_on": date(2026, 11, 1)}, "meter_removed"),
        ({"installed_on": date(2026, 12, 1)}, "meter_not_installed"),
    ],
)
async def test_a_meter_that_did_not_run_in_the_period_takes_no_readings(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    meter: dict[str, date],
    code: str,
) -> None:
    register = await create_register(
        database, await create_meter(database, company.account, **meter)
    )

    response = await submit(client, owner, company, {"register_id": str(register.id), "value": "1"})

    assert (response.status_code, response.json()["code"]) == (409, code)
    assert len(await form(client, owner, company)) == 1


async def test_what_the_operator_has_read_is_settled(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    await create_reading(database, company.register, period="2026-11", value="1690")

    response = await submit(client, owner, company, shows(company, "1700"))

    assert (response.status_code, response.json()["code"]) == (409, "reading_period_settled")


async def test_a_reading_the_operator_rejected_can_be_handed_in_again(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    await create_reading(
        database,
        company.register,
        period="2026-11",
        value="1700",
        source="cabinet",
        status="rejected",
    )

    response = await submit(client, owner, company, shows(company, "1700"))

    assert (response.status_code, response.json()["items"][0]["supersedes"]) == (201, None)


@pytest.mark.parametrize("shift", [timedelta(minutes=10), -timedelta(days=5)])
async def test_a_reading_is_taken_inside_the_window(
    client: AsyncClient, owner: SignedIn, company: Company, clock: FrozenClock, shift: timedelta
) -> None:
    taken_at = (clock.moment + shift).isoformat()

    response = await submit(client, owner, company, shows(company, "1700", taken_at=taken_at))

    assert (response.status_code, response.json()["code"]) == (422, "reading_time_impossible")


async def test_an_earlier_period_cannot_overtake_a_later_one(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    await create_reading(database, company.register, period="2026-12", value="1750")

    response = await submit(client, owner, company, shows(company, "1760"), confirm_unusual=True)

    assert (response.status_code, response.json()["code"]) == (422, "reading_above_next")


async def test_another_companys_account_does_not_exist(
    client: AsyncClient, stranger: SignedIn, company: Company
) -> None:
    response = await submit(client, stranger, company, shows(company, "1700"))

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_another_accounts_register_does_not_exist(
    client: AsyncClient, company: Company, stranger: SignedIn, database: Database
) -> None:
    foreign = await create_register(database, await create_meter(database, company.account))
    own = Company(company.organization, company.account, company.meter, [foreign])

    response = await submit(client, stranger, own, shows(own, "1"))

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("role", ["viewer", "accountant"])
async def test_who_may_only_look_hands_nothing_in(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
    role: str,
) -> None:
    member = await sign_in(database, access_tokens, company, role=role)

    response = await submit(client, member, company, shows(company, "1700"))
    shown = await client.get(
        f"/v1/accounts/{company.account.id}/reading-form", headers=member.headers
    )

    assert (response.status_code, response.json()["code"]) == (403, "permission_missing")
    assert shown.status_code == 200
    assert owner.member.role == "owner"


async def test_unknown_fields_are_mistakes(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    response = await submit(client, owner, company, shows(company, "1700", unit="MWh"))

    error = response.json()["errors"][0]
    assert (error["pointer"], error["code"]) == ("/readings/0/unit", "unknown_field")
