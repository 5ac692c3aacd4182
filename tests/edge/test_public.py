"""What anybody may ask: help, the rules for passwords, health."""

import asyncio

import pytest
from httpx import AsyncClient

from app.database import Database, create_engine
from app.errors import DatabaseUnavailable
from app.routers.public.operations.help import TOPICS
from app.services import Services
from app.services.operations.health import HealthService
from tests.edge.conftest import PHONES


async def test_contacts_come_from_the_configuration(client: AsyncClient) -> None:
    answer = await client.get("/v1/help/contacts", headers={"Accept-Language": "en"})

    assert answer.status_code == 200
    assert answer.json() == {
        "items": [
            {
                "code": "phone",
                "title": "Contact centre",
                "text": f"Call {phone} if you need help with the cabinet.",
                "phone": phone,
            }
            for phone in PHONES
        ],
        "next_cursor": None,
    }


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("uk", "Чому не надходить SMS із кодом?"),
        ("en", "Why does the SMS with the code not come?"),
        ("ru", "Почему не приходит SMS с кодом?"),
    ],
)
async def test_topics_answer_in_three_languages(
    client: AsyncClient, language: str, title: str
) -> None:
    answer = await client.get("/v1/help/topics", headers={"Accept-Language": language})

    topics = {topic["code"]: topic for topic in answer.json()["items"]}
    assert tuple(topics) == TOPICS
    assert topics["code_not_received"]["title"] == title
    assert PHONES[0] in topics["code_not_received"]["text"]
    assert answer.headers["content-language"] == language


async def test_the_rules_for_passwords_are_told_to_programs_and_people(client: AsyncClient) -> None:
    answer = await client.get("/v1/password-policy", headers={"Accept-Language": "en"})

    policy = answer.json()
    classes = {each["code"]: each for each in policy.pop("required")}
    assert set(policy.pop("alphabet")) >= set("azAZ09! ~")
    assert policy == {
        "min_length": 8,
        "max_length": 128,
        "rejects_common": True,
        "rejects_identifiers": True,
        "example": "Qwer123!",
        "hint": "At least 8 Latin characters: a lower-case and an upper-case letter, a digit and "
        "a symbol, for example Qwer123!. Do not use your phone, account number or common "
        "passwords.",
    }
    assert list(classes) == ["lower_case", "upper_case", "digit", "symbol"]
    assert classes["digit"] == {
        "code": "digit",
        "characters": "0123456789",
        "missing": "no_digit",
        "hint": "Add a digit.",
    }


async def test_a_running_process_lives_without_its_database(client: AsyncClient) -> None:
    answer = await client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_a_process_without_database_is_not_ready(client: AsyncClient) -> None:
    answer = await client.get("/health/ready")

    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["retry-after"] == "2"


async def test_a_database_that_never_answers_is_not_waited_for() -> None:
    hung_up = asyncio.Event()

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        writer.close()
        hung_up.set()

    async with await asyncio.start_server(keep_silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        database = Database(create_engine(f"postgresql+asyncpg://n:n@127.0.0.1:{port}/n"))
        health = HealthService(database=database, patience=0.1)

        with pytest.raises(DatabaseUnavailable):
            await health.require_ready()
        await database.close()
        await asyncio.wait_for(hung_up.wait(), timeout=5)


async def test_a_process_about_to_stop_is_not_ready(
    client: AsyncClient, services: Services
) -> None:
    services.operations.health.drain()

    answer = await client.get("/health/ready")

    assert (answer.status_code, answer.json()["code"]) == (503, "draining")
    assert (await client.get("/health/live")).status_code == 200
