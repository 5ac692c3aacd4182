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
from app.security.access_tokens import AccessTokens
from tests.factories.people import sign_in
from tests.factories.registry import create_company
from tests.steps.metering.settling import HISTORY, NOVEMBER_IS_CLOSED, settle_all, versions
from tests.steps.metering.submitting import shows, submit
from tests.steps.metering.windows import as_usual, decide, put_into, single

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


async def test_a_month_is_settled_or_its_window_is_moved_and_never_both(
    database: Database,
) -> None:
    outcomes: Counter[str] = Counter()
    for _ in range(4):
        companies = [await create_company(database, history=HISTORY) for _ in range(3)]
        for company in companies:
            await put_into(database, company, FACTORIES)
        async with database.begin() as transaction:
            said = await transaction.scalar(select(func.count()).select_from(SetWindow))
        if said:
            break

        async def move() -> str:
            try:
                await decide(database, LONGER, now=NOVEMBER_IS_CLOSED)
            except Conflict as refusal:
                return refusal.code
            return "moved"

        workers = [settle_all(database, NOVEMBER_IS_CLOSED) for _ in range(2)]
        outcome, *_ = await asyncio.gather(move(), *workers)
        outcomes[str(outcome)] += 1
        settled = ["2026-11" in await versions(database, company) for company in companies]
        assert settled == [outcome != "moved"] * 3
    assert set(outcomes) <= {"moved", "window_period_settled"}, outcomes


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
