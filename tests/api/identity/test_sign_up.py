from datetime import timedelta

import pytest
from httpx import AsyncClient

from app.database import Database
from tests.factories.people import new_phone
from tests.factories.registry import Company, create_account, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.identity.stories import Story, bearer, wrong

PHONE = "+380671234588"


async def test_a_code_goes_to_the_phone_of_whoever_knows_the_pair(
    story: Story, company: Company
) -> None:
    response = await story.start_sign_up(company, phone="067 123 45 88")

    assert response.status_code == 202
    body = response.json()
    assert body.pop("id")
    assert body == {
        "status": "code_sent",
        "phone_masked": "+380 67 *** ** 88",
        "code": {
            "length": 6,
            "expires_at": "2026-11-30T10:05:00Z",
            "resend_at": "2026-11-30T10:01:00Z",
            "attempts_left": 5,
        },
        "delivery": {
            "status": "queued",
            "updated_at": "2026-11-30T10:00:00Z",
            "advice": body["delivery"]["advice"],
        },
    }
    assert body["delivery"]["advice"]


async def test_the_code_signs_the_owner_in(story: Story, company: Company) -> None:
    started = (await story.start_sign_up(company)).json()
    code = await story.read_code(started["id"])

    response = await story.confirm(started["id"], code)

    assert response.status_code == 201
    tokens = response.json()
    assert (tokens["token_type"], tokens["expires_in"], tokens["ownership"]) == (
        "Bearer",
        600,
        "pending",
    )
    me = await story.client.get("/v1/me", headers=bearer(tokens))
    assert me.json()["member"]["role"] == "owner"
    shown = (await story.client.get(f"/v1/sign-ups/{started['id']}")).json()
    assert (shown["status"], shown["delivery"]["status"]) == ("confirmed", "sent")


async def test_the_phone_on_file_proves_the_company_theirs(
    story: Story, database: Database
) -> None:
    company = await create_company(database, phone_on_file=PHONE)

    tokens = await story.sign_up(company, phone="0671234588")

    assert tokens["ownership"] == "proven"
    accounts = await story.client.get("/v1/accounts", headers=bearer(tokens))
    assert accounts.status_code == 200
    assert [item["account_number"] for item in accounts.json()["items"]] == [
        company.account.account_number
    ]


async def test_somebody_who_only_knows_the_pair_gets_no_data(
    story: Story, company: Company
) -> None:
    tokens = await story.sign_up(company)

    me = (await story.client.get("/v1/me", headers=bearer(tokens))).json()
    accounts = await story.client.get("/v1/accounts", headers=bearer(tokens))
    form = await story.client.get(
        f"/v1/accounts/{company.account.id}/reading-form", headers=bearer(tokens)
    )

    assert me["ownership"] == "pending"
    assert [way["code"] for way in me["ownership_ways"]] == ["activation_code", "operator_approval"]
    for response in (accounts, form):
        assert (response.status_code, response.json()["code"]) == (403, "ownership_pending")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("phone", "044 202 15 88", "phone_invalid"),
        ("phone", "+48 600 100 200", "phone_invalid"),
        ("phone", "hello", "phone_invalid"),
        ("tax_id", "32855968", "tax_id_invalid"),
        ("tax_id", "00000000", "tax_id_invalid"),
        ("account_number", "12.34", "account_number_invalid"),
        ("account_number", "9999999999", "account_not_found"),
        ("tax_id", "32855961", "account_not_found"),
        ("password", "short", "password_too_weak"),
    ],
)
async def test_what_cannot_be_right_is_refused(
    story: Story, company: Company, field: str, value: str, code: str
) -> None:
    response = await story.start_sign_up(company, **{field: value})

    assert (response.status_code, response.json()["code"]) == (422, code)


async def test_a_weak_password_hears_every_rule_it_misses(story: Story, company: Company) -> None:
    response = await story.start_sign_up(company, password="пароль")

    errors = response.json()["errors"]
    assert {error["pointer"] for error in errors} == {"/password"}
    assert {error["code"] for error in errors} >= {"too_short", "not_latin", "no_digit"}


async def test_an_unknown_account_and_somebody_elses_answer_alike(
    story: Story, company: Company, database: Database
) -> None:
    other = await create_company(database)

    absent = await story.start_sign_up(company, account_number="9999999999")
    foreign = await story.start_sign_up(company, account_number=other.account.account_number)

    def shown(body: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in body.items() if name != "request_id"}

    assert shown(absent.json()) == shown(foreign.json())


async def test_a_pair_can_be_registered_once(story: Story, company: Company) -> None:
    await story.sign_up(company)

    response = await story.start_sign_up(company)

    assert (response.status_code, response.json()["code"]) == (409, "pair_already_registered")
    assert response.json()["contacts"]


async def test_another_account_of_a_registered_company_belongs_to_its_cabinet(
    story: Story, company: Company, database: Database
) -> None:
    second = await create_account(database, company.organization)
    await story.sign_up(company)

    response = await story.start_sign_up(company, account_number=second.account_number)

    assert (response.status_code, response.json()["code"]) == (409, "pair_already_registered")


async def test_a_phone_serves_one_company(
    story: Story, company: Company, database: Database
) -> None:
    await story.sign_up(company, phone=PHONE)
    other = await create_company(database)

    response = await story.start_sign_up(other, phone=PHONE)

    assert (response.status_code, response.json()["code"]) == (409, "phone_already_used")
    assert response.json()["contacts"]


async def test_whoever_confirms_second_hears_that_the_pair_is_taken(
    story: Story, company: Company
) -> None:
    first = (await story.start_sign_up(company)).json()["id"]
    second = (await story.start_sign_up(company)).json()["id"]
    await story.confirm(first, await story.read_code(first))

    response = await story.confirm(second, await story.read_code(second))

    assert (response.status_code, response.json()["code"]) == (409, "pair_already_registered")


async def test_whoever_confirms_second_hears_that_the_phone_is_taken(
    story: Story, company: Company, database: Database
) -> None:
    phone = new_phone()
    first = (await story.start_sign_up(company, phone=phone)).json()["id"]
    second = (await story.start_sign_up(await create_company(database), phone=phone)).json()["id"]
    code = await story.read_code(second)
    await story.confirm(first, await story.read_code(first))

    response = await story.confirm(second, code)

    assert (response.status_code, response.json()["code"]) == (409, "phone_already_used")


async def test_five_wrong_codes_close_a_sign_up(story: Story, company: Company) -> None:
    sign_up_id = (await story.start_sign_up(company)).json()["id"]
    code = await story.read_code(sign_up_id)

    left = [
        (await story.confirm(sign_up_id, wrong(code))).json()["attempts_left"] for _ in range(5)
    ]
    late = await story.confirm(sign_up_id, code)

    assert left == [4, 3, 2, 1, 0]
    assert (late.status_code, late.json()["code"]) == (422, "code_rejected")
    shown = (await story.client.get(f"/v1/sign-ups/{sign_up_id}")).json()
    assert shown["status"] == "closed"
    again = await story.client.post(f"/v1/sign-ups/{sign_up_id}/codes")
    assert (again.status_code, again.json()["code"]) == (409, "sign_up_closed")


async def test_a_code_expires_and_can_be_sent_again(
    story: Story, company: Company, clock: FrozenClock
) -> None:
    sign_up_id = (await story.start_sign_up(company)).json()["id"]
    code = await story.read_code(sign_up_id)
    clock.advance(timedelta(minutes=5))

    late = await story.confirm(sign_up_id, code)
    shown = (await story.client.get(f"/v1/sign-ups/{sign_up_id}")).json()
    resent = await story.client.post(f"/v1/sign-ups/{sign_up_id}/codes")

    assert late.json()["code"] == "code_rejected"
    assert shown["status"] == "expired"
    assert (resent.status_code, resent.json()["status"]) == (202, "code_sent")
    assert await story.read_code(sign_up_id) == code
    assert (await story.confirm(sign_up_id, code)).status_code == 201


async def test_a_code_works_once(story: Story, company: Company) -> None:
    sign_up_id = (await story.start_sign_up(company)).json()["id"]
    code = await story.read_code(sign_up_id)
    await story.confirm(sign_up_id, code)

    response = await story.confirm(sign_up_id, code)

    assert (response.status_code, response.json()["code"]) == (422, "code_rejected")


async def test_a_code_is_sent_again_a_minute_apart_and_three_times_in_all(
    story: Story, company: Company, clock: FrozenClock
) -> None:
    sign_up_id = (await story.start_sign_up(company)).json()["id"]
    resend = f"/v1/sign-ups/{sign_up_id}/codes"

    soon = await story.client.post(resend)
    answers = []
    for _ in range(3):
        clock.advance(timedelta(seconds=60))
        answers.append(await story.client.post(resend))

    assert (soon.status_code, soon.json()["code"]) == (429, "resend_too_soon")
    assert (soon.json()["resend_at"], soon.headers["retry-after"]) == ("2026-11-30T10:01:00Z", "60")
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[1].json()["code"]["resend_at"] is None
    assert answers[2].json()["code"] == "too_many_attempts"


async def test_a_forgotten_sign_up_cannot_be_revived(
    story: Story, company: Company, clock: FrozenClock
) -> None:
    sign_up_id = (await story.start_sign_up(company)).json()["id"]
    clock.advance(timedelta(hours=1))

    response = await story.client.post(f"/v1/sign-ups/{sign_up_id}/codes")

    assert (response.status_code, response.json()["code"]) == (409, "sign_up_closed")


@pytest.mark.parametrize("path", ["", "/codes", "/confirmations"])
async def test_an_unknown_sign_up_does_not_exist(client: AsyncClient, path: str) -> None:
    method = "POST" if path else "GET"
    url = f"/v1/sign-ups/0190c2a4-0000-7000-8000-000000000000{path}"

    response = await client.request(
        method, url, json={"code": "123456"} if path == "/confirmations" else None
    )

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
