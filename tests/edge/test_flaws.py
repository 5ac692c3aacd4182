from typing import Any

import pytest
from httpx import AsyncClient

from app.routers.problems.flaws import MOST_FLAWS

ENGLISH = {"Accept-Language": "en"}
PARTS = [{"value": "1.5"}]


async def flaws(client: AsyncClient, body: Any) -> list[tuple[str, str, str]]:
    answer = await client.post("/v1/probes/things", json=body, headers=ENGLISH)
    assert answer.status_code == 422
    return [(flaw["pointer"], flaw["code"], flaw["detail"]) for flaw in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("body", "pointer", "code", "detail"),
    [
        ({}, "/parts", "missing", "This field is required."),
        ([], "", "wrong_type", "This must be an object."),
        (None, "", "missing", "This field is required."),
        ({"parts": []}, "/parts", "too_short", "Too few: at least 1 entry is needed."),
        ({"parts": {}}, "/parts", "wrong_type", "This must be a list."),
        ({"name": "a"}, "/name", "too_short", "Too short: at least 2 characters are needed."),
        ({"name": "abcdef"}, "/name", "too_long", "Too long: at most 5 characters are allowed."),
        ({"name": 5}, "/name", "wrong_type", "This must be a string in quotes."),
        ({"name": None}, "/name", "wrong_type", "This must be a string in quotes."),
        ({"size": 0}, "/size", "out_of_range", "The value must be 1 or more."),
        ({"size": 10}, "/size", "out_of_range", "The value must be less than 10."),
        ({"size": "many"}, "/size", "wrong_type", "This must be a whole number."),
        ({"size": 1.5}, "/size", "wrong_type", "This must be a whole number."),
        ({"kind": "dusk"}, "/kind", "invalid_value", 'The possible values are "day", "night".'),
        ({"shade": "dim"}, "/shade", "invalid_value", 'The possible values are "light", "dark".'),
        (
            {"shade_of_night": "dim"},
            "/shade_of_night",
            "invalid_value",
            'The possible values are "light", "dark".',
        ),
        ({"is_big": "perhaps"}, "/is_big", "wrong_type", "This must be true or false."),
        (
            {"id": "7"},
            "/id",
            "invalid_value",
            "This must be an id (UUID) as our API returns it.",
        ),
        (
            {"on": "31.12.2026"},
            "/on",
            "invalid_value",
            "This must be a date written YYYY-MM-DD.",
        ),
        (
            {"at": "2026-11-23T08:15:00"},
            "/at",
            "invalid_value",
            "This must be a date and time with an offset, for example 2026-11-23T08:15:00Z.",
        ),
        (
            {"period": "10.2026"},
            "/period",
            "period_invalid",
            "A month is written YYYY-MM, for example 2026-10.",
        ),
        (
            {"colour": 1},
            "/colour",
            "unknown_field",
            "There is no such field here. Check its name or leave it out.",
        ),
        (
            {"parts": [{"value": "1"}, {"value": "1e3"}]},
            "/parts/1/value",
            "decimal_invalid",
            'Write a plain decimal number with a point, for example "10432.5".',
        ),
    ],
)
async def test_each_mistake_has_its_place_code_and_text(
    client: AsyncClient, body: Any, pointer: str, code: str, detail: str
) -> None:
    sent = {"parts": PARTS, **body} if body else body

    found = await flaws(client, sent)

    assert found == [(pointer, code, detail)]


async def test_the_pointer_escapes_as_json_pointer_does(client: AsyncClient) -> None:
    [found] = await flaws(client, {"parts": PARTS, "a/b~c": 1})

    assert found[0] == "/a~1b~0c"


async def test_every_mistake_is_told_at_once(client: AsyncClient) -> None:
    found = await flaws(client, {"name": "a", "size": 0})

    assert [pointer for pointer, _, _ in found] == ["/name", "/size", "/parts"]


async def test_no_answer_repeats_what_was_sent(client: AsyncClient) -> None:
    answer = await client.post(
        "/v1/probes/things", json={"name": "Secret-password-1!", "parts": [{"value": "secret-2"}]}
    )

    assert answer.status_code == 422
    assert "ecret" not in answer.text


async def test_a_thousand_mistakes_make_a_bearable_answer(client: AsyncClient) -> None:
    found = await flaws(client, {"parts": [{"value": "?"}] * 1000})

    assert len(found) == MOST_FLAWS


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"phone": "044 202 15 88"}, "phone_invalid"),
        ({"tax_id": "12345679"}, "tax_id_invalid"),
        ({"name": "a", "tax_id": "12345679"}, "tax_id_invalid"),
    ],
)
async def test_a_wrong_identifier_gives_the_problem_its_code(
    client: AsyncClient, body: dict[str, Any], code: str
) -> None:
    answer = await client.post("/v1/probes/things", json={"parts": PARTS, **body})

    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert len(answer.json()["errors"]) == len(body)


async def test_a_wrong_parameter_is_called_by_its_name(client: AsyncClient) -> None:
    answer = await client.get("/v1/probes/search?limit=0", headers=ENGLISH)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["errors"] == [
        {
            "pointer": "limit",
            "parameter": "limit",
            "code": "out_of_range",
            "detail": "The value must be 1 or more.",
        }
    ]


async def test_a_wrong_idempotency_key_has_a_code_of_its_own(client: AsyncClient) -> None:
    answer = await client.post(
        "/v1/probes/things", json={"parts": PARTS}, headers={"Idempotency-Key": "a b"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")
    assert answer.json()["errors"][0]["code"] == "idempotency_key_invalid"
