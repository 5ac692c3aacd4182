"""Windows that are set while customers submit and the worker settles."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.errors import Conflict
from app.models.metering.reading import Reading
from app.models.metering.set_window import SetWindow
from app.repositories.metering.reading_windows import WindowRepository
from app.security.access_tokens import AccessTokens
from tests.factories.people import sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import NOON
from tests.faults.locks import WAITING
from tests.steps.metering.settling import HISTORY, NOVEMBER_IS_CLOSED, settle_all, versions
from tests.steps.metering.submitting import shows, submit
from tests.steps.metering.windows import as_usual, decide, put_into, single
from tests.worker.processes import until

pytestmark = pytest.mark.committing

FACTORIES = "factories"
LONGER = single("2026-11", "2026-11-29", "2026-12-10", FACTORIES)
NOT_YET = single("2026-11", "2026-11-30", "2026-12-03", FACTORIES)
"""Opens on the day of the clock."""
TOMORROW = single("2026-11", "2026-12-01", "2026-12-03", FACTORIES)


async def test_what_was_judged_by_other_windows_is_judged_anew(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    companies = [await create_company(database, history=HISTORY) for _ in range(20)]
    owners = [await sign_in(database, access_tokens, company) for company in companies]
    for company in companies:
        await put_into(database, company, FACTORIES)

    async def move() -> None:
        for _ in range(4):
            await decide(database, NOT_YET)
            await decide(database, as_usual("2026-11", group=FACTORIES))

    answers, _ = await asyncio.gather(
        asyncio.gather(
            *(
                submit(client, owner, company, shows(company, "2090"))
                for owner, company in zip(owners, companies, strict=True)
            )
        ),
        move(),
    )

    # Whichever windows held, this day was in them: nobody is refused for having been judged twice.
    assert Counter(each.status_code for each in answers) == {201: 20}


async def test_once_a_window_is_moved_nobody_submits_by_the_one_before(
    client: AsyncClient, database: Database, access_tokens: AccessTokens
) -> None:
    companies = [await create_company(database, history=HISTORY) for _ in range(30)]
    owners = [await sign_in(database, access_tokens, company) for company in companies]
    for company in companies:
        await put_into(database, company, FACTORIES)
    moved = asyncio.Event()
    late: list[int] = []

    async def send(number: int) -> int:
        is_late = moved.is_set()
        company = companies[number]
        answer = await submit(client, owners[number], company, shows(company, 2090))
        if is_late:
            late.append(answer.status_code)
        return answer.status_code

    async def move() -> None:
        await decide(database, TOMORROW)
        moved.set()

    first = asyncio.gather(*(send(number) for number in range(20)))
    statuses, _ = await asyncio.gather(first, move())
    await asyncio.gather(*(send(number) for number in range(20, 30)))

    assert set(statuses) <= {201, 409}
    assert late, "some came afterwards"
    assert set(late) == {409}
    async with database.begin() as transaction:
        kept = await transaction.scalar(
            select(func.count()).select_from(Reading).where(Reading.source == "cabinet")
        )
    assert kept == statuses.count(201)


@pytest.mark.parametrize("who_waits_first", ["the operator", "the worker"])
async def test_a_month_is_settled_or_its_window_is_moved_and_never_both(
    database: Database, who_waits_first: str
) -> None:
    for number in range(4):
        group = f"factories-{number}"
        companies = [await create_company(database, history=HISTORY) for _ in range(3)]
        for company in companies:
            await put_into(database, company, group)
        await settle_all(database, NOON)  # the months before, so that November alone is left
        # All of them wait for the windows at once, and are let in in the order in which they came.
        first, second = (move, settle) if who_waits_first == "the operator" else (settle, move)
        async with database.begin() as transaction:
            await WindowRepository(transaction).lock()
            begun = [asyncio.create_task(first(database, group))]
            await until_waiting(database, 1)
            begun.append(asyncio.create_task(second(database, group)))
            await until_waiting(database, 2)
        outcomes = await asyncio.gather(*begun)

        is_moved = who_waits_first == "the operator"
        assert set(outcomes) == {"moved" if is_moved else "window_period_settled", "settled"}
        for company in companies:
            assert ("2026-11" in await versions(database, company)) is not is_moved


async def until_waiting(database: Database, number: int) -> None:
    async def are_waiting() -> bool:
        async with database.begin() as transaction:
            waiting: int = await transaction.scalar(WAITING) or 0
            return waiting == number

    await until(are_waiting)


async def move(database: Database, group: str) -> str:
    longer = single("2026-11", "2026-11-29", "2026-12-10", group)
    try:
        await decide(database, longer, now=NOVEMBER_IS_CLOSED)
    except Conflict as refusal:
        return refusal.code
    return "moved"


async def settle(database: Database, _: str) -> str:
    await settle_all(database, NOVEMBER_IS_CLOSED)
    return "settled"


async def test_of_several_decisions_at_once_each_has_a_version_of_its_own(
    database: Database,
) -> None:
    groups = [f"group-{number}" for number in range(15)]

    await asyncio.gather(
        *(
            decide(database, single("2026-11", "2026-11-20", "2026-12-05", group))
            for group in groups
        )
    )

    async with database.begin() as transaction:
        found = (await transaction.scalars(select(SetWindow))).all()
    assert sorted(each.version for each in found) == list(range(1, 16))
    assert sorted(each.account_group for each in found) == sorted(groups)
    assert max(each.set_at for each in found) <= datetime(2026, 11, 30, 11, tzinfo=UTC)
