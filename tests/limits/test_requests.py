"""How often a signed-in member may ask for anything (finding A-M10)."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient, Response

from app.database import Database
from app.models.limits import Limits
from app.models.limits.requests import TooManyRequestsOfMember
from app.security.access_tokens import AccessTokens
from app.services.operations.request_rates import MOST_MEMBERS, RequestRates
from tests.factories.people import SignedIn, headers_at, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock

BURST = 20
PENDING = 2


@pytest.fixture
def limits() -> Limits:
    return Limits().asking(requests_a_minute=BURST)


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


async def ask(client: AsyncClient, who: SignedIn, *, times: int) -> list[Response]:
    return [await client.get("/v1/me", headers=who.headers) for _ in range(times)]


async def test_a_member_may_ask_so_often_and_then_as_fast_as_it_drains(
    client: AsyncClient, owner: SignedIn, clock: FrozenClock
) -> None:
    answers = await ask(client, owner, times=BURST + 1)
    refused = answers.pop()
    clock.advance(timedelta(seconds=60 / BURST))
    after = await ask(client, owner, times=2)

    assert {each.status_code for each in answers} == {200}
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 3
    assert refused.headers["ratelimit-policy"] == f'"requests";q={BURST};w=60'
    assert [each.status_code for each in after] == [200, 429]


async def test_every_route_counts_and_nobody_counts_for_another(
    client: AsyncClient, owner: SignedIn, database: Database, access_tokens: AccessTokens
) -> None:
    other = await sign_in(database, access_tokens, await create_company(database))
    for _ in range(BURST):
        await client.patch("/v1/me", json={}, headers=owner.headers)

    refused = await client.get("/v1/accounts", headers=owner.headers)

    assert refused.status_code == 429
    assert (await client.get("/v1/accounts", headers=other.headers)).status_code == 200


async def test_who_has_proven_nothing_may_ask_less(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, clock: FrozenClock
) -> None:
    company = await create_company(database)
    pending = await sign_in(database, access_tokens, company, is_proven=False)

    def ask_for_accounts() -> dict[str, str]:
        return headers_at(access_tokens, pending, clock.now())

    answers = [
        await client.get("/v1/accounts", headers=ask_for_accounts()) for _ in range(PENDING + 2)
    ]
    clock.advance(timedelta(minutes=1))
    again = await client.get("/v1/accounts", headers=ask_for_accounts())

    assert [each.status_code for each in answers].count(403) <= PENDING + 1
    assert answers[-1].status_code == 429
    assert answers[-1].headers["ratelimit-policy"] == f'"requests-pending";q={PENDING};w=60'
    assert again.status_code == 403


async def test_who_has_the_address_of_a_picture_keeps_nobody_from_the_cabinet(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    path = f"/v1/accounts/{company.account.id}/consumption/chart-links"
    links = [(await client.post(path, headers=owner.headers)).json() for _ in range(2)]

    opened = [await client.get(links[each % 2]["url"]) for each in range(BURST + 1)]

    assert {each.status_code for each in opened[:-1]} == {200}
    assert (opened[-1].status_code, opened[-1].json()["code"]) == (429, "too_many_requests")
    assert opened[-1].headers["ratelimit-policy"] == f'"requests-pictures";q={BURST};w=60'
    assert (await ask(client, owner, times=1))[0].status_code == 200


def spent(rates: RequestRates, member_id: UUID) -> int:
    """Return how many requests a member has before the refusal."""
    for count in range(2 * BURST):
        try:
            rates.spend(member_id)
        except TooManyRequestsOfMember:
            return count
    raise AssertionError


def test_a_claim_that_is_proven_is_not_slowed_down_any_more(
    clock: FrozenClock, limits: Limits
) -> None:
    rates, member_id = RequestRates(clock=clock, limits=limits), uuid4()

    rates.note_ownership(member_id, is_proven=False)
    pending = spent(rates, member_id)
    rates.note_ownership(member_id, is_proven=True)
    clock.advance(timedelta(minutes=1))

    assert (pending, spent(rates, member_id)) == (PENDING, BURST)


def test_a_clock_that_is_set_back_locks_nobody_out(clock: FrozenClock, limits: Limits) -> None:
    rates, member_id = RequestRates(clock=clock, limits=limits), uuid4()
    spent(rates, member_id)

    clock.advance(timedelta(hours=-2))

    assert spent(rates, member_id) == BURST


def test_no_more_members_are_remembered_than_fit(clock: FrozenClock, limits: Limits) -> None:
    rates, first = RequestRates(clock=clock, limits=limits), uuid4()
    spent(rates, first)
    for _ in range(MOST_MEMBERS):
        rates.spend(uuid4())

    assert spent(rates, first) == BURST
