"""Wrong codes at links keep to the number that the deployment allows (`with_wrong_codes`)."""

import pytest
from fastapi import FastAPI

from app.database import Database
from app.models.limits import Limits
from app.security.access_tokens import AccessTokens
from tests.factories.people import sign_in
from tests.factories.registry import Company, create_company
from tests.limits.accounts.test_linking import ask_at, asking_company, refused_by
from tests.steps.accounts.linking import confirm
from tests.steps.identity.stories import Story, wrong

A_DAY = 3


@pytest.fixture
def limits() -> Limits:
    return Limits().with_wrong_codes(A_DAY)


async def test_a_company_guesses_wrong_so_often_whatever_it_guesses_at(
    app: FastAPI, story: Story, database: Database, access_tokens: AccessTokens
) -> None:
    asking = await asking_company(database, access_tokens)
    answers = []
    for number in range(2):
        other = await create_company(database)
        await sign_in(database, access_tokens, other)
        asked = (await ask_at(app, asking, other, f"198.51.{number}.1")).json()["id"]
        code = await story.read_code(asked)
        answers += [await confirm(story.client, asking, asked, wrong(code)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [422] * A_DAY + [429]
    assert refused_by(answers[A_DAY]) == "link-codes-day"


async def test_an_account_is_guessed_at_so_often_whoever_guesses(
    app: FastAPI,
    story: Story,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
) -> None:
    await sign_in(database, access_tokens, company)
    answers = []
    for number in range(2):
        asking = await asking_company(database, access_tokens)
        asked = (await ask_at(app, asking, company, f"198.51.{number}.1")).json()["id"]
        code = await story.read_code(asked)
        answers += [await confirm(story.client, asking, asked, wrong(code)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [422] * A_DAY + [429]
    assert refused_by(answers[A_DAY]) == "link-codes-account-day"
