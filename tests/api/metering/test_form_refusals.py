from httpx import AsyncClient

from app.database import Database
from tests.factories.people import SignedIn
from tests.factories.registry import Company, create_meter, create_reading, create_register
from tests.steps.metering.submitting import form, submit


async def test_the_form_refuses_a_register_as_a_submission_does(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    meters = [
        await create_meter(database, company.account, **changes)
        for changes in ({"is_remote": True}, {}, {})
    ]
    remote, read_by_operator, without_past = [
        await create_register(database, meter) for meter in meters
    ]
    await create_reading(database, read_by_operator, period="2026-11", value="5")

    told = {each["register_id"]: each["refusal"] for each in await form(client, owner, company)}

    codes = {
        str(remote.id): "register_is_remote",
        str(read_by_operator.id): "reading_period_settled",
        str(without_past.id): None,
        str(company.register.id): None,
    }
    assert {register: told[register] and told[register]["code"] for register in told} == codes
    for register, code in codes.items():
        value = "1700" if register == str(company.register.id) else "7"
        answer = await submit(client, owner, company, {"register_id": register, "value": value})
        assert answer.json().get("code") == code
        if code:
            assert answer.json()["detail"] == told[register]["detail"]
