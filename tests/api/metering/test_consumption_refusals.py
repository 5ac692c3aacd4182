from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import (
    Company,
    create_account,
    create_company,
)
from tests.fakes.clock import FrozenClock


async def test_an_account_that_is_not_in_the_cabinet_does_not_exist(
    client: AsyncClient, owner: SignedIn, company: Company, stranger: SignedIn, database: Database
) -> None:
    unlinked = await create_account(database, company.organization)

    codes = set()
    for headers, account_id in (
        (stranger.headers, company.account.id),
        (owner.headers, unlinked.id),
        (owner.headers, uuid4()),
        (owner.headers, "no-uuid"),
    ):
        for picture in ("", "/chart.svg"):
            response = await client.get(
                f"/v1/accounts/{account_id}/consumption{picture}", headers=headers
            )
            codes.add((response.status_code, response.json()["code"]))

    assert codes == {(404, "not_found")}
    assert (await client.get("/v1/consumption", headers=stranger.headers)).json()["summary"][
        "total_kwh"
    ] is None


async def test_an_ended_link_shows_nothing_any_more(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database, clock: FrozenClock
) -> None:
    async with database.begin() as transaction:
        await transaction.execute(
            text("UPDATE account_links SET ended_at = :now"), {"now": clock.now()}
        )

    url = f"/v1/accounts/{company.account.id}/consumption"
    one = await client.get(url, headers=owner.headers)
    every = await client.get("/v1/consumption", headers=owner.headers)

    assert one.status_code == 404
    assert every.json()["summary"]["total_kwh"] is None


@pytest.mark.parametrize("path", ["/v1/accounts/{id}/consumption", "/v1/consumption"])
async def test_nothing_is_shown_before_ownership_is_proven_or_after_the_session(
    path: str,
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    clock: FrozenClock,
) -> None:
    company = await create_company(database)
    pending = await sign_in(database, access_tokens, company, is_proven=False)
    viewer = await sign_in(database, access_tokens, await create_company(database), role="viewer")
    url = path.format(id=company.account.id)

    refused = await client.get(url, headers=pending.headers)
    async with database.begin() as transaction:
        await transaction.execute(text("UPDATE sessions SET ended_at = :now"), {"now": clock.now()})
    ended = await client.get(url, headers=viewer.headers)
    nobody = await client.get(url)

    assert (refused.status_code, refused.json()["code"]) == (403, "ownership_pending")
    assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "token_rejected")


@pytest.mark.parametrize("span", ["from=2026-11&to=2026-10", "from=2010-01", "from=2027-01"])
@pytest.mark.parametrize("path", ["", "/chart.svg"])
async def test_a_span_must_make_sense(
    span: str, path: str, client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    response = await client.get(
        f"/v1/accounts/{company.account.id}/consumption{path}?{span}", headers=owner.headers
    )

    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "range_invalid")
    assert [error["parameter"] for error in problem["errors"]] == ["from"]


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("from=2026-13", "from", "period_invalid"),
        ("to=26-1", "to", "period_invalid"),
        ("energy=heat", "energy", "invalid_value"),
        ("group_by=account", "group_by", "invalid_value"),
        ("form=2026-01", "form", "unknown_field"),
    ],
)
async def test_a_parameter_nobody_understands_is_refused(
    query: str, parameter: str, code: str, client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    response = await client.get(
        f"/v1/accounts/{company.account.id}/consumption?{query}", headers=owner.headers
    )

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["parameter"], error["code"]) == (parameter, code)


@pytest.mark.committing
async def test_a_lost_connection_costs_at_most_one_request(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    async with database.connect() as lost, database.connect() as other:
        pid = await lost.scalar(text("SELECT pg_backend_pid()"))
        await other.execute(text("SELECT pg_terminate_backend(:pid, 1000)"), {"pid": pid})

    url = f"/v1/accounts/{company.account.id}/consumption"
    answers = [(await client.get(url, headers=owner.headers)).status_code for _ in range(4)]

    # None, if the driver has noticed before anybody asks for it.
    assert sorted(answers)[:3] == [200, 200, 200]
    assert set(answers) <= {200, 503}
