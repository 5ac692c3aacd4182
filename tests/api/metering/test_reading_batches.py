"""Batches over all accounts of a cabinet: each item as a single submission would have it."""

from datetime import UTC, datetime

from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.messages.message import Message, Notice
from app.models.metering.actions import MeteringAction
from app.models.metering.reading import Reading
from app.models.metering.reading_receipt import ReadingReceipt
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.people import link as link_of
from tests.factories.registry import (
    Company,
    create_account,
    create_company,
    create_meter,
    create_reading,
    create_register,
)
from tests.fakes.clock import FrozenClock
from tests.steps.accounts.linking import link
from tests.steps.metering.batching import PAST, hand_in, of, outcomes, with_registers
from tests.steps.metering.submitting import count, submit
from tests.steps.operations.audit import audited


async def test_a_batch_records_readings_of_many_accounts_with_a_receipt_for_each(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    other = await create_account(database, company.organization)
    await link(client, owner, other)
    meter = await create_meter(database, other)
    register = await create_register(database, meter)

    response = await hand_in(client, owner, of(register, 15), of(company.register, "1700.0"))

    body = response.json()
    assert outcomes(response) == ["recorded", "recorded"]
    assert [item["account_id"] for item in body["items"]] == [
        str(other.id),
        str(company.account.id),
    ]
    assert body["items"][1]["consumption_kwh"] == "100.000"
    assert (body["recorded"], body["refused"], len(body["receipts"])) == (2, 0, 2)
    for receipt in body["receipts"]:
        shown = await client.get(
            f"/v1/reading-receipts/{receipt['receipt_id']}", headers=owner.headers
        )
        assert shown.json()["account_id"] == receipt["account_id"]
        assert [item["source"] for item in shown.json()["items"]] == ["api"]
    assert (await audited(database, company)).count(MeteringAction.READINGS_SUBMITTED) == 2


async def test_one_refusal_keeps_all_others_of_the_batch_out(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    [low, high] = await with_registers(database, company, 2)

    response = await hand_in(
        client, owner, of(company.register, 1700), of(low, 1200), of(high, 1400)
    )

    assert outcomes(response) == ["held_back", "reading_below_previous", "held_back"]
    assert response.json()["receipts"] == []
    assert await count(database, ReadingReceipt) == 0


async def test_independent_readings_stand_or_fall_alone(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    [low, high, same] = await with_registers(database, company, 3)
    await submit(client, owner, company, of(same, 1410))

    response = await hand_in(
        client,
        owner,
        of(low, 1200),
        of(high, 9000),
        of(company.register, 1700),
        of(same, 1410),
        of(company.register, 1701),
        of(high, "1400.55"),
        mode="independent",
    )

    assert outcomes(response) == [
        "reading_below_previous",
        "reading_unusual",
        "recorded",
        "unchanged",
        "register_repeated",
        "register_repeated",
    ]
    unusual = response.json()["items"][1]
    assert unusual["findings"][0]["code"] == "high_consumption"
    assert unusual["expected"] == {"low": "1346.800", "high": "1445.000"}
    assert unusual["reading_id"] is None
    assert response.json()["items"][3]["reading_id"] is not None


async def test_unusual_values_are_taken_once_they_are_confirmed(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    [high] = await with_registers(database, company, 1)

    response = await hand_in(client, owner, of(high, 9000), confirm_unusual=True)

    assert outcomes(response) == ["recorded"]
    assert response.json()["items"][0]["status"] == "in_review"


async def test_a_zone_whose_sibling_is_refused_is_incomplete(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    meter = await create_meter(database, company.account)
    day = await create_register(database, meter, code="1.8.1", zone="day")
    night = await create_register(database, meter, code="1.8.2", zone="night")
    await create_reading(database, day, period="2026-10", value="500")

    alone = await hand_in(client, owner, of(day, 400), of(night, 5), mode="independent")
    together = await hand_in(client, owner, of(day, 400), of(night, 5))
    right = await hand_in(client, owner, of(day, 600), of(night, 5))

    assert outcomes(alone) == ["reading_below_previous", "reading_unusual"]
    assert alone.json()["items"][1]["findings"][0]["code"] == "zones_incomplete"
    assert outcomes(together) == ["reading_below_previous", "held_back"]
    assert outcomes(right) == ["recorded", "recorded"]


async def test_a_dry_run_keeps_nothing(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    [high] = await with_registers(database, company, 1)

    response = await hand_in(
        client, owner, of(company.register, 1700), of(high, 9000), dry_run=True
    )

    assert outcomes(response) == ["would_be_recorded", "would_be_recorded"]
    assert response.json()["items"][1]["findings"][0]["code"] == "high_consumption"
    assert await count(database, ReadingReceipt) == 0


async def test_a_link_that_only_shows_is_refused_in_both_trails(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, owner: SignedIn
) -> None:
    theirs = await _shared(database, access_tokens, owner, "view")

    response = await hand_in(client, owner, of(theirs.register, 1400))

    assert outcomes(response) == ["link_scope_missing"]
    assert MeteringAction.READINGS_REFUSED in await audited(database, theirs)


async def test_a_link_with_the_scope_submits_and_its_owner_is_told_once(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    owner: SignedIn,
    company: Company,
) -> None:
    theirs = await _shared(database, access_tokens, owner, "readings")

    for value in (1400, 1401):
        response = await hand_in(
            client, owner, of(theirs.register, value), of(company.register, value + 300)
        )
        assert outcomes(response) == ["recorded", "recorded"]

    async with database.begin() as transaction:
        templates = list(await transaction.scalars(select(Message.template)))
        by_others = await transaction.scalar(
            select(Reading.submitting_organization_id).where(
                Reading.register_id == theirs.register.id, Reading.status == "superseded"
            )
        )
    assert templates == [Notice.FIRST_READINGS_BY_OTHERS]
    assert by_others == company.organization.id
    assert (await audited(database, theirs)).count(MeteringAction.READINGS_SUBMITTED) == 2


async def test_outside_the_window_each_item_says_so(
    client: AsyncClient, clock: FrozenClock, owner: SignedIn, company: Company
) -> None:
    clock.moment = datetime(2026, 11, 15, 10, tzinfo=UTC)

    response = await hand_in(client, owner, of(company.register, 1700))

    assert outcomes(response) == ["reading_window_closed"]


async def test_a_key_repeats_the_answer_and_not_the_batch(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    first = await hand_in(client, owner, of(company.register, 1700), key="one")
    again = await hand_in(client, owner, of(company.register, 1700), key="one")

    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await count(database, ReadingReceipt) == 1


async def test_more_registers_than_one_part_holds_are_recorded_in_parts(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    meter = await create_meter(database, company.account)
    registers = [
        await create_register(database, meter, code=f"C{number}", energy=f"kind {number}")
        for number in range(300)
    ]

    response = await hand_in(client, owner, *(of(each, 7) for each in registers))

    assert response.json()["recorded"] == 300
    async with database.begin() as transaction:
        readings = list(await transaction.scalars(select(Reading).where(Reading.source == "api")))
    assert len(readings) == 300


async def _shared(
    database: Database, access_tokens: AccessTokens, who: SignedIn, scope: str
) -> Company:
    theirs = await create_company(database, history=PAST)
    await sign_in(database, access_tokens, theirs)
    async with database.begin() as transaction:
        transaction.add(link_of(theirs, linked_by=who.member.organization_id, scope=scope))
    return theirs
