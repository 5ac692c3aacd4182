import pytest

from tests.factories.registry import Company
from tests.steps.identity.stories import Story


@pytest.mark.parametrize(
    ("wrong_fields", "code", "pointers"),
    [
        (
            {"phone": "12", "account_number": "12.34", "tax_id": "1", "password": "short"},
            "phone_invalid",
            {"/phone", "/account_number", "/tax_id", "/password"},
        ),
        (
            {"account_number": "12.34", "password": "short"},
            "account_number_invalid",
            {"/account_number", "/password"},
        ),
        (
            {"password": "short", "colour": "red"},
            "validation_failed",
            {"/password", "/colour"},
        ),
        (
            {"tax_id": "1", "account_number": 7, "password": "Qwer123!"},
            "tax_id_invalid",
            {"/tax_id", "/account_number"},
        ),
    ],
)
async def test_every_wrong_field_is_named_at_once_in_whole_sentences(
    story: Story,
    company: Company,
    wrong_fields: dict[str, object],
    code: str,
    pointers: set[str],
) -> None:
    response = await story.start_sign_up(company, **wrong_fields)

    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, code)
    assert {error["pointer"] for error in problem["errors"]} == pointers
    assert "…" not in response.text


async def test_a_password_that_is_only_compared_is_not_judged(
    story: Story, company: Company
) -> None:
    response = await story.client.post(
        "/v1/sessions",
        json={"account_number": company.account.account_number, "password": "short", "colour": 1},
    )

    assert {error["pointer"] for error in response.json()["errors"]} == {"/colour"}
