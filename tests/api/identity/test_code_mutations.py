"""A code opens the one thing that it was made for, and nothing else (security.md O7)."""

from itertools import product
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient, Response

from app.database import Database
from app.models.messages.code_challenge import LENGTHS, CodeChallenge, CodeRejected, Purpose, judge
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from tests.factories.people import PASSWORD, new_phone, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import NOON
from tests.steps.identity.resets import NEW_PASSWORD, code_of, started
from tests.steps.identity.stories import wrong

# Fixed, because six digits of two different things agree once in a million times.
KEY = SecretKey("the key of the matrix, 32 bytes or more")
CHALLENGES = [UUID(int=number) for number in (1, 2, 3)]
PHONES = ["+380671234588", "+380671234589", "+380501234588", ""]
KEYS = [KEY, SecretKey("another key of the matrix, 32 bytes!")]

Parts = tuple[UUID, Purpose, str]
EVERYTHING: list[Parts] = list(product(CHALLENGES, Purpose, PHONES))


def challenge_with(parts: Parts) -> CodeChallenge:
    challenge_id, purpose, phone = parts
    challenge = CodeChallenge.issue(
        organization_id=uuid4(), purpose=purpose, subject_id=uuid4(), phone=phone, now=NOON
    )
    challenge.id = challenge_id
    return challenge


def opens(code: str, challenge: CodeChallenge) -> bool:
    try:
        judge([challenge], code, secret_key=KEY)
    except CodeRejected:
        return False
    return True


@pytest.mark.parametrize("purpose", Purpose)
def test_of_all_codes_one_opens_a_challenge(purpose: Purpose) -> None:
    mine: Parts = (CHALLENGES[0], purpose, PHONES[0])
    challenge = challenge_with(mine)
    length = LENGTHS[purpose]
    codes = {
        (key_number, parts): key.code(
            challenge_id=parts[0], purpose=parts[1], phone=parts[2], length=length
        )
        for key_number, key in enumerate(KEYS)
        for parts in EVERYTHING
    }

    opening = [made_for for made_for, code in codes.items() if opens(code, challenge)]

    assert opening == [(0, mine)]
    right = codes[0, mine]
    for mutated in (right[:-1], right + "0", "0" + right, right[::-1] + " ", "", wrong(right)):
        assert not opens(mutated, challenge)


@pytest.fixture
async def company(database: Database, access_tokens: AccessTokens) -> Company:
    company = await create_company(database)
    await sign_in(database, access_tokens, company)
    return company


async def confirm(client: AsyncClient, flow: str, subject: str, code: str) -> Response:
    body = {"code": code}
    if flow == "password-resets":
        body["new_password"] = NEW_PASSWORD
    return await client.post(f"/v1/{flow}/{subject}/confirmations", json=body)


async def start_sign_up(client: AsyncClient, company: Company, phone: str) -> str:
    answer = await client.post(
        "/v1/sign-ups",
        json={
            "phone": phone,
            "account_number": company.account.account_number,
            "tax_id": company.organization.tax_id,
            "password": PASSWORD,
        },
    )
    sign_up_id: str = answer.json()["id"]
    return sign_up_id


async def test_a_code_opens_no_other_challenge_of_its_flow_and_no_other_flow(
    client: AsyncClient, database: Database, secret_key: SecretKey, company: Company
) -> None:
    unregistered, phone = await create_company(database), new_phone()
    subjects = [
        ("password-resets", await started(client, company)),
        ("password-resets", await started(client, company)),
        ("sign-ups", await start_sign_up(client, unregistered, phone)),
        ("sign-ups", await start_sign_up(client, unregistered, phone)),
    ]
    codes = {subject: await code_of(database, secret_key, subject) for _, subject in subjects}

    for (flow, subject), other in product(subjects, codes):
        if other != subject and codes[other] != codes[subject]:
            answer = await confirm(client, flow, subject, codes[other])
            assert answer.status_code == 422
            assert answer.json()["code"] in {"code_rejected", "validation_failed"}
    for flow, subject in subjects:
        elsewhere = "sign-ups" if flow == "password-resets" else "password-resets"
        code = codes[subject] if elsewhere == "sign-ups" else "00" + codes[subject]
        answer = await confirm(
            client, elsewhere, subject, code[-6:] if elsewhere == "sign-ups" else code
        )
        assert answer.status_code == 404
    for flow, subject in (subjects[0], subjects[2]):
        assert (await confirm(client, flow, subject, codes[subject])).status_code == 201
