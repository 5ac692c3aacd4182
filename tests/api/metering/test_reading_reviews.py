"""A reading far from the usual: somebody looks at it, and the customer sees what came of it."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from app.database import Database
from app.errors import NotFound
from app.models.metering.actions import MeteringAction
from app.models.metering.reading import Reading
from app.models.metering.reading_review import (
    Outcome,
    ReadingNotCurrent,
    ReadingNotInReview,
)
from app.models.metering.register import Register
from app.services.metering.reading_reviews import ReadingReviewService
from tests.api.conftest import HISTORY
from tests.factories.people import SignedIn, act, link
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.metering.submitting import shows, submit
from tests.steps.operations.audit import trail


@pytest.fixture
def reviews(database: Database, clock: FrozenClock) -> ReadingReviewService:
    return ReadingReviewService(database=database, clock=clock)


@pytest.fixture
async def partner(database: Database) -> Company:
    """The company for whose account another one submits."""
    return await create_company(database, history=HISTORY)


async def far_out(client: AsyncClient, owner: SignedIn, company: Company) -> UUID:
    """Hand in what nobody believes; return the reading that waits for somebody."""
    response = await submit(client, owner, company, shows(company, "9000"), confirm_unusual=True)
    [item] = response.json()["items"]
    assert item["status"] == "in_review"
    return UUID(item["id"])


async def shown(client: AsyncClient, owner: SignedIn, reading_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = (
        await client.get(f"/v1/readings/{reading_id}", headers=owner.headers)
    ).json()
    return found


async def november(client: AsyncClient, owner: SignedIn, company: Company) -> str | None:
    response = await client.get(
        f"/v1/accounts/{company.account.id}/consumption?from=2026-11&to=2026-11",
        headers=owner.headers,
    )
    kwh: str | None = response.json()["items"][0]["kwh"]
    return kwh


async def revision(database: Database, company: Company) -> int:
    key = (company.organization.id, company.register.id)
    async with database.begin() as session:
        return (await session.get_one(Register, key, populate_existing=True)).revision


async def test_what_waits_is_told_with_what_it_would_mean(
    client: AsyncClient, owner: SignedIn, company: Company, reviews: ReadingReviewService
) -> None:
    reading_id = await far_out(client, owner, company)

    [waiting] = await reviews.waiting(limit=50)

    assert waiting.id == reading_id
    assert (waiting.tax_id, waiting.account_number) == (
        company.organization.tax_id,
        company.account.account_number,
    )
    assert (waiting.value, waiting.energy) == (Decimal(9000), Decimal(7400))
    assert waiting.findings == ("high_consumption",)
    assert waiting.submitted_by_tax_id is None


@pytest.mark.parametrize(
    ("outcome", "status", "kwh"),
    [
        (Outcome.ACCEPTED, "accepted", "7400.000"),
        (Outcome.REJECTED, "rejected", None),
        (Outcome.WITHDRAWN, "rejected", None),
    ],
)
async def test_the_customer_sees_the_outcome_and_why(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    reviews: ReadingReviewService,
    outcome: Outcome,
    status: str,
    kwh: str | None,
) -> None:
    reading_id = await far_out(client, owner, company)
    before = await revision(database, company)

    first = await reviews.decide(reading_id, outcome, act=act("the photo shows 900"))
    again = await reviews.decide(reading_id, outcome, act=act("once more"))

    reading = await shown(client, owner, reading_id)
    assert (first, again) == (True, False)
    assert reading["status"] == status
    assert reading["review"] == {
        "outcome": outcome.value,
        "reason": "the photo shows 900",
        "decided_at": "2026-11-30T10:00:00Z",
    }
    assert await november(client, owner, company) == kwh
    assert await revision(database, company) == before + 1
    [event] = await trail(database, company, MeteringAction(f"reading.{outcome.value}"))
    assert event.subject_id == reading_id
    assert event.details["reason"] == "the photo shows 900"
    assert event.member_id is None


async def test_the_owner_of_the_account_and_who_submitted_both_have_it_in_their_trails(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    partner: Company,
    partners_owner: SignedIn,
    reviews: ReadingReviewService,
) -> None:
    async with database.begin() as session:
        session.add(link(partner, linked_by=company.organization.id, scope="readings"))
    reading_id = await far_out(client, owner, partner)

    [waiting] = await reviews.waiting(limit=50)
    await reviews.decide(reading_id, Outcome.REJECTED, act=act())

    assert waiting.submitted_by_tax_id == company.organization.tax_id
    for each in (company, partner):
        [event] = await trail(database, each, MeteringAction.READING_REJECTED)
        assert event.details["account_id"] == str(partner.account.id)
    for member in (owner, partners_owner):
        assert (await shown(client, member, reading_id))["review"]["outcome"] == "rejected"


async def test_after_a_rejection_the_register_may_be_handed_in_again(
    client: AsyncClient, owner: SignedIn, company: Company, reviews: ReadingReviewService
) -> None:
    await reviews.decide(await far_out(client, owner, company), Outcome.REJECTED, act=act("a slip"))

    response = await submit(client, owner, company, shows(company, "1700"))

    [item] = response.json()["items"]
    assert (response.status_code, item["supersedes"], item["review"]) == (201, None, None)
    assert await november(client, owner, company) == "100.000"


async def test_an_accepted_reading_is_what_the_form_shows(
    client: AsyncClient, owner: SignedIn, company: Company, reviews: ReadingReviewService
) -> None:
    reading_id = await far_out(client, owner, company)
    await reviews.decide(reading_id, Outcome.ACCEPTED, act=act("a new workshop"))

    form = await client.get(
        f"/v1/accounts/{company.account.id}/reading-form", headers=owner.headers
    )

    assert form.json()["registers"][0]["submitted"] == await shown(client, owner, reading_id)


async def test_an_operators_own_value_can_be_withdrawn(
    client: AsyncClient, owner: SignedIn, company: Company, reviews: ReadingReviewService
) -> None:
    october: Reading = company.readings[-1]

    await reviews.decide(october.id, Outcome.WITHDRAWN, act=act("read from another meter"))

    response = await submit(client, owner, company, shows(company, "1590"), confirm_unusual=True)
    assert (response.status_code, response.json()["consumption_kwh"]) == (201, "90.000")


async def test_what_is_decided_otherwise_or_replaced_stays_as_it_is(
    client: AsyncClient, owner: SignedIn, company: Company, reviews: ReadingReviewService
) -> None:
    replaced = await far_out(client, owner, company)
    stands = (await submit(client, owner, company, shows(company, "1700"))).json()["items"][0]["id"]

    with pytest.raises(ReadingNotInReview):
        await reviews.decide(replaced, Outcome.ACCEPTED, act=act())
    with pytest.raises(ReadingNotCurrent):
        await reviews.decide(replaced, Outcome.WITHDRAWN, act=act())
    with pytest.raises(ReadingNotInReview):
        await reviews.decide(UUID(stands), Outcome.REJECTED, act=act())
    with pytest.raises(NotFound):
        await reviews.decide(uuid4(), Outcome.ACCEPTED, act=act())
    assert (await shown(client, owner, replaced))["status"] == "superseded"
