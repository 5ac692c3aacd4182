"""What other companies ask for never uses up what an owner needs (security.md section 4)."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import Response

from app.database import Database
from app.models.limits.kinds import DAY
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from tests.factories.people import SignedIn, headers_at, sign_in
from tests.factories.people import link as link_of
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.limits.clients import client_at
from tests.steps.accounts.linking import LINKS, confirm
from tests.steps.identity import resets
from tests.steps.identity.stories import Story, wrong
from tests.steps.metering.submitting import shows, submit
from tests.steps.operations.audit import trail


async def asking_company(database: Database, access_tokens: AccessTokens) -> SignedIn:
    return await sign_in(database, access_tokens, await create_company(database))


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


async def ask_at(app: FastAPI, who: SignedIn, company: Company, address: str) -> Response:
    body = {
        "account_number": company.account.account_number,
        "tax_id": company.organization.tax_id,
    }
    async with client_at(app, address) as client:
        return await client.post(LINKS, json=body, headers=who.headers)


def refused_by(response: Response) -> str:
    assert (response.status_code, response.json()["code"]) == (429, "too_many_attempts")
    return response.headers["ratelimit-policy"].partition(";")[0].strip('"')


@pytest.mark.usefixtures("owner")
async def test_whatever_other_companies_try_the_owner_recovers(
    app: FastAPI,
    story: Story,
    database: Database,
    access_tokens: AccessTokens,
    secret_key: SecretKey,
    company: Company,
) -> None:
    statuses = []
    for number in range(4):
        attacker = await asking_company(database, access_tokens)
        asked = await ask_at(app, attacker, company, f"198.51.{number}.1")
        statuses.append(asked.status_code)
        if asked.status_code == 202:
            code = await story.read_code(asked.json()["id"])
            for _ in range(6):
                await confirm(story.client, attacker, asked.json()["id"], wrong(code))

    assert statuses == [202, 202, 429, 429], "two consents a day for one phone"
    reset_id = await resets.started(story.client, company)
    code = await resets.code_of(database, secret_key, reset_id)
    assert len(await resets.messages_about(database, reset_id)) == 1, "the SMS leaves"
    assert (await resets.confirm(story.client, reset_id, code)).status_code == 201


@pytest.mark.usefixtures("owner")
async def test_a_phone_is_asked_for_consent_twice_a_day(
    app: FastAPI,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    clock: FrozenClock,
) -> None:
    asking = [await asking_company(database, access_tokens) for _ in range(3)]
    answers = [
        await ask_at(app, who, company, f"198.51.{number}.1") for number, who in enumerate(asking)
    ]
    clock.advance(DAY)
    asking[2].headers = headers_at(access_tokens, asking[2], clock.now())
    later = await ask_at(app, asking[2], company, "198.51.9.1")

    assert [answer.status_code for answer in answers[:2]] == [202, 202]
    assert refused_by(answers[2]) == "link-sends-phone-day"
    assert later.status_code == 202


async def test_a_company_asks_five_times_a_day_whomever_it_asks(
    app: FastAPI, database: Database, access_tokens: AccessTokens
) -> None:
    asking = await asking_company(database, access_tokens)
    answers = []
    for number in range(6):
        other = await create_company(database)
        await sign_in(database, access_tokens, other)
        answers.append(await ask_at(app, asking, other, f"198.51.{number}.1"))

    assert [answer.status_code for answer in answers[:5]] == [202] * 5
    assert refused_by(answers[5]) == "link-sends-day"


async def test_guesses_count_for_the_asking_company_whatever_it_guesses_at(
    app: FastAPI, story: Story, database: Database, access_tokens: AccessTokens
) -> None:
    asking = await asking_company(database, access_tokens)
    answers = []
    for number in range(3):
        other = await create_company(database)
        await sign_in(database, access_tokens, other)
        asked = (await ask_at(app, asking, other, f"198.51.{number}.1")).json()["id"]
        code = await story.read_code(asked)
        tries = 5 if number < 2 else 1
        answers += [await confirm(story.client, asking, asked, wrong(code)) for _ in range(tries)]

    assert {answer.json()["code"] for answer in answers[:10]} == {"code_rejected"}
    assert refused_by(answers[10]) == "link-codes-day"


async def test_refused_tries_fill_nobodys_trail(
    story: Story,
    database: Database,
    company: Company,
    access_tokens: AccessTokens,
    clock: FrozenClock,
) -> None:
    await sign_in(database, access_tokens, company)
    mine = await create_company(database)
    looking = await sign_in(database, access_tokens, mine)
    async with database.begin() as transaction:
        transaction.add(link_of(company, linked_by=mine.organization.id))

    for _ in range(12):
        answer = await submit(story.client, looking, company, shows(company, "1"))
        assert answer.json()["code"] == "link_scope_missing"
        clock.advance(timedelta(seconds=1))

    for trail_of in (company, mine):
        assert len(await trail(database, trail_of, "readings.refused")) == 10
