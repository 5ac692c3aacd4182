"""How often codes are sent and guessed, over all challenges: security.md O2, O8, O9."""

from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from httpx import Response

from app.database import Database
from app.models.limits.kinds import DAY
from app.security.access_tokens import AccessTokens
from tests.factories.people import new_phone, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.limits.clients import client_at
from tests.steps.identity.stories import Story, wrong

MINUTE = timedelta(minutes=1)


async def start_at(
    app: FastAPI, story: Story, company: Company, address: str, **changes: Any
) -> Response:
    async with client_at(app, address) as client:
        elsewhere = Story(client, story.database, story.messages, story.gateway)
        return await elsewhere.start_sign_up(company, **changes)


def refused(response: Response) -> bool:
    problem = response.json()
    return (response.status_code, problem.get("code")) == (429, "too_many_attempts")


async def test_a_phone_gets_five_codes_a_day(
    app: FastAPI, story: Story, database: Database, clock: FrozenClock
) -> None:
    phone = new_phone()
    company, answers = await create_company(database), []
    for number in range(6):
        company = await create_company(database)
        answers.append(await start_at(app, story, company, f"198.51.{number}.1", phone=phone))
        clock.advance(MINUTE)
    clock.advance(DAY - 6 * MINUTE)
    again = await start_at(app, story, company, "198.51.9.1", phone=phone)

    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert refused(answers[5])
    assert answers[5].headers["retry-after"] == str(24 * 3600 - 5 * 60)
    assert again.status_code == 202


async def test_resends_count_as_sends(
    app: FastAPI, story: Story, company: Company, database: Database, clock: FrozenClock
) -> None:
    phone = new_phone()
    first = (await start_at(app, story, company, "198.51.1.1", phone=phone)).json()["id"]
    for _ in range(2):
        clock.advance(MINUTE)
        assert (await story.client.post(f"/v1/sign-ups/{first}/codes")).status_code == 202
    second = await create_company(database)
    other = (await start_at(app, story, second, "198.51.2.1", phone=phone)).json()["id"]
    clock.advance(MINUTE)
    fifth = await story.client.post(f"/v1/sign-ups/{other}/codes")
    clock.advance(MINUTE)
    sixth = await story.client.post(f"/v1/sign-ups/{other}/codes")

    assert fifth.status_code == 202
    assert refused(sixth)
    shown = (await story.client.get(f"/v1/sign-ups/{other}")).json()
    assert shown["code"]["resend_at"] is not None, "a refusal is not a send"


async def test_an_account_sends_ten_codes_a_day_four_of_them_to_the_phone_on_file_only(
    app: FastAPI, story: Story, database: Database
) -> None:
    on_file = new_phone()
    company = await create_company(database, phone_on_file=on_file)
    strangers = [
        await start_at(
            app, story, company, f"198.51.{number}.1", phone=f"+3805{number:04}12345"[:13]
        )
        for number in range(7)
    ]
    owners = [
        await start_at(app, story, company, f"203.0.{number}.1", phone=on_file)
        for number in range(5)
    ]

    assert [answer.status_code for answer in strangers] == [202] * 6 + [429]
    assert [answer.status_code for answer in owners] == [202] * 4 + [429]


async def test_strangers_guesses_do_not_stop_the_phone_on_file(
    app: FastAPI, story: Story, database: Database
) -> None:
    on_file = new_phone()
    company = await create_company(database, phone_on_file=on_file)
    for number in range(3):
        started = await start_at(app, story, company, f"198.51.{number}.1")
        sign_up_id = started.json()["id"]
        code = wrong(await story.read_code(sign_up_id))
        for _ in range(5):
            assert (await story.confirm(sign_up_id, code)).json()["code"] == "code_rejected"

    tokens = await story.sign_up(company, phone=on_file)

    assert tokens["ownership"] == "proven"


async def test_strangers_sign_ups_with_a_number_do_not_stop_its_owners(
    app: FastAPI, story: Story, database: Database
) -> None:
    on_file = new_phone()
    company = await create_company(database, phone_on_file=on_file)
    strangers = [
        await start_at(
            app, story, await create_company(database), f"198.51.{each}.1", phone=on_file
        )
        for each in range(6)
    ]

    for each in strangers[:2]:
        code = wrong(await story.read_code(each.json()["id"]))
        for _ in range(5):
            await story.confirm(each.json()["id"], code)

    owners = await start_at(app, story, company, "203.0.1.1", phone=on_file)
    sign_up_id = owners.json()["id"]
    confirmed = await story.confirm(sign_up_id, await story.read_code(sign_up_id))

    assert [answer.status_code for answer in strangers] == [202] * 5 + [429]
    assert confirmed.status_code == 201, "neither their sends nor their wrong codes"


async def test_the_phone_on_file_has_ten_wrong_codes_a_day_too(
    app: FastAPI, story: Story, database: Database
) -> None:
    on_file = new_phone()
    company = await create_company(database, phone_on_file=on_file)
    answers = []
    for number in range(3):
        started = await start_at(app, story, company, f"198.51.{number}.1", phone=on_file)
        sign_up_id = started.json()["id"]
        code = wrong(await story.read_code(sign_up_id))
        answers += [await story.confirm(sign_up_id, code) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429] * 5


async def test_the_headers_do_not_tell_whether_a_phone_is_on_file(
    app: FastAPI, story: Story, database: Database
) -> None:
    on_file = new_phone()
    company = await create_company(database, phone_on_file=on_file)

    told = [
        (await start_at(app, story, company, f"198.51.{number}.1", phone=phone)).headers[
            "ratelimit-policy"
        ]
        for number, phone in enumerate((on_file, new_phone()))
    ]

    assert told[0] == told[1]


async def test_guesses_at_one_tax_id_are_slowed_down_from_whatever_address(
    app: FastAPI, story: Story, database: Database, clock: FrozenClock
) -> None:
    on_file = new_phone()
    company = await create_company(database, phone_on_file=on_file)
    for number in range(50):
        guessed = f"98{number:08}"
        address = f"198.{number}.1.1"
        refused = await start_at(app, story, company, address, account_number=guessed)
        assert refused.json()["code"] == "account_not_found"

    right = await start_at(app, story, company, "203.0.1.1")
    owners = await start_at(app, story, company, "203.0.2.1", phone=on_file)
    clock.advance(timedelta(hours=1))
    later = await start_at(app, story, company, "203.0.3.1")

    assert right.json()["code"] == "account_not_found", "the same words as for a wrong pair"
    assert owners.status_code == 202, "nobody shuts the company itself out by guessing"
    assert later.status_code == 202


async def test_whose_phone_it_is_is_answered_ten_times_a_day(
    app: FastAPI,
    story: Story,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
) -> None:
    answers = []
    for number in range(11):
        member = await sign_in(database, access_tokens, await create_company(database))
        address, phone = f"198.51.{number}.1", member.member.phone
        answers.append(await start_at(app, story, company, address, phone=phone))

    assert [answer.json()["code"] for answer in answers[:10]] == ["phone_already_used"] * 10
    assert refused(answers[10])


async def test_an_address_sends_five_codes_an_hour_and_twenty_a_day(
    app: FastAPI, story: Story, database: Database, clock: FrozenClock
) -> None:
    statuses = []
    for _ in range(5):
        for _ in range(6):
            company = await create_company(database)
            response = await start_at(app, story, company, "198.51.100.1")
            statuses.append(response.status_code)
        clock.advance(timedelta(hours=1))

    assert statuses == ([202] * 5 + [429]) * 4 + [429] * 6


async def test_a_network_sends_sixty_codes_a_day(
    app: FastAPI, story: Story, database: Database
) -> None:
    company, statuses = await create_company(database), []
    for number in range(61):
        company = await create_company(database)
        phone = f"+38050{number:03}0000"
        response = await start_at(app, story, company, f"198.51.100.{number}", phone=phone)
        statuses.append(response.status_code)
    other = await start_at(app, story, company, "198.51.101.1")

    assert statuses == [202] * 60 + [429]
    assert other.status_code == 202


async def test_a_block_of_numbers_gets_ten_codes_an_hour(
    app: FastAPI, story: Story, database: Database, clock: FrozenClock
) -> None:
    company, statuses = await create_company(database), []
    for number in range(11):
        company = await create_company(database)
        phone = f"+38067123{number:04}"
        response = await start_at(app, story, company, f"198.51.{number}.1", phone=phone)
        statuses.append(response.status_code)
    clock.advance(timedelta(hours=1))
    later = await start_at(app, story, company, "198.51.99.1", phone="+380671239999")

    assert statuses == [202] * 10 + [429]
    assert later.status_code == 202


async def test_guesses_at_pairs_are_slowed_down(
    app: FastAPI, story: Story, company: Company, clock: FrozenClock
) -> None:
    answers = [
        await start_at(app, story, company, "198.51.100.1", account_number=f"99{number:08}")
        for number in range(31)
    ]
    clock.advance(timedelta(minutes=2))
    again = await start_at(app, story, company, "198.51.100.1")

    assert [answer.json()["code"] for answer in answers[:30]] == ["account_not_found"] * 30
    assert refused(answers[30])
    assert again.status_code == 202


async def test_a_new_challenge_refills_no_guesses(
    app: FastAPI, story: Story, company: Company, clock: FrozenClock
) -> None:
    phone = new_phone()
    codes = []
    for number in range(3):
        started = await start_at(app, story, company, f"198.51.{number}.1", phone=phone)
        sign_up_id = started.json()["id"]
        codes.append((sign_up_id, await story.read_code(sign_up_id)))

    answers = []
    for sign_up_id, code in codes[:2]:
        answers += [await story.confirm(sign_up_id, wrong(code)) for _ in range(5)]
    right = await story.confirm(*codes[2])
    clock.advance(DAY)
    await story.client.post(f"/v1/sign-ups/{codes[2][0]}/codes")

    assert {answer.json()["code"] for answer in answers} == {"code_rejected"}
    assert refused(right)


async def test_a_success_tells_how_much_is_left(story: Story, company: Company) -> None:
    response = await story.start_sign_up(company)

    told = response.headers["ratelimit"].split(", ")
    assert '"sends-phone-day";r=4;t=86400' in told
    assert '"sends-address-hour";r=4;t=3600' in told
    assert "sends-day" not in response.headers["ratelimit-policy"], "the operator's own business"
