"""The pages that somebody who tries the product looks at."""

import re
from datetime import timedelta

import httpx
import pytest

from app.database import Database
from app.main import document
from app.models.customers.organization import Organization
from app.sandbox.demonstration import REGISTER, ensure_loaded
from app.sandbox.inbox import ENDINGS, Inbox
from tests.factories.registry import create_account, create_meter, create_organization
from tests.fakes.clock import FrozenClock
from tests.sandbox.conftest import TOKEN

PHONE = "+380671234588"
TEXT = "Код реєстрації 123456, діє до 14:05\n@cabinet.example #123456"


async def send(client: httpx.AsyncClient, *, phone: str = PHONE, text: str = TEXT) -> None:
    await client.post(
        "/sandbox/turbosms/message/send.json",
        json={"recipients": [phone[1:]], "sms": {"sender": "Cabinet", "text": text}},
        headers={"Authorization": f"Bearer {TOKEN}"},
    )


async def test_the_inbox_tells_what_was_sent_newest_first(
    client: httpx.AsyncClient, clock: FrozenClock
) -> None:
    await send(client)
    clock.advance(timedelta(minutes=1))
    await send(client, phone="+380501112233", text="другий")

    newest, oldest = (await client.get("/sandbox/sms/messages")).json()["items"]

    assert newest["to"] == "+380501112233"
    assert oldest.pop("id")
    assert oldest == {
        "to": PHONE,
        "sender": "Cabinet",
        "text": TEXT,
        "status": "delivered",
        "sent_at": "2026-11-30T10:00:00Z",
    }
    assert newest["status"] == "sent"


@pytest.mark.parametrize(
    "spelling",
    ["+380671234588", "%2B380671234588", "067%20123%2045%2088", "380671234588", "80671234588"],
)
async def test_messages_are_found_by_any_spelling_of_the_phone(
    client: httpx.AsyncClient, spelling: str
) -> None:
    await send(client)
    await send(client, phone="+380501112233")

    found = (await client.get(f"/sandbox/sms/messages?to={spelling}")).json()["items"]

    assert [sms["to"] for sms in found] == [PHONE]


async def test_a_phone_without_messages_has_an_empty_inbox(client: httpx.AsyncClient) -> None:
    await send(client)

    assert (await client.get("/sandbox/sms/messages?to=0991112233")).json() == {"items": []}
    assert "No SMS yet" in (await client.get("/sandbox/sms?to=0991112233")).text


async def test_the_inbox_page_shows_the_code_and_looks_again_by_itself(
    client: httpx.AsyncClient,
) -> None:
    await send(client)

    page = await client.get("/sandbox/sms")

    assert "Код реєстрації 123456" in page.text
    assert "<mark>123456</mark>" in page.text
    assert "setInterval" in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.text


async def test_what_was_sent_and_asked_for_is_text_and_never_markup(
    client: httpx.AsyncClient,
) -> None:
    await send(client, text="<script>alert(1)</script>")

    page = await client.get("/sandbox/sms", params={"to": '"><script>'})
    every = await client.get("/sandbox/sms")

    assert "<script>" not in page.text + every.text
    assert "&lt;script&gt;alert(1)" in every.text


@pytest.mark.parametrize("path", ["/sandbox", "/sandbox/sms"])
async def test_a_page_loads_and_runs_nothing_but_ours(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)

    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    nonces = set(re.findall(r'<(?:style|script) nonce="([^"]+)">', page.text))
    assert policy.startswith("default-src 'none'")
    assert set(re.findall(r"'nonce-([^']+)'", policy)) == nonces
    assert len(nonces) == 1
    assert not re.search(r"<script>|\ssrc=|<link|\sstyle=|\son\w+=", page.text)
    assert not re.search(r"https?://(?!localhost)", page.text)
    assert page.headers["content-language"] == "en"


async def test_the_inbox_forgets_the_oldest(clock: FrozenClock) -> None:
    inbox = Inbox(clock, kept=2)
    for text in "abc":
        inbox.receive(phone="380671234588", sender="Cabinet", text=text)

    assert [found.sms.text for found in inbox.list_newest()] == ["c", "b"]


@pytest.mark.committing
async def test_the_companies_page_tells_what_each_is_for(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.begin() as transaction:
        url = (await transaction.connection()).engine.url.render_as_string(hide_password=False)
    await ensure_loaded(url)

    page = (await client.get("/sandbox")).text

    for words in (
        "ТОВ «М&#x27;ясокомбінат «Дарниця-Плюс»»",
        "03349223",
        "+380996201164",
        "0000006604",
        "No phone on file",
        "A sole trader",
        "4 accounts",
        "3-zone meters",
        "Readings times 40\u00a0·",
        "Generation",
        "A remote meter",
        "can sign up",
    ):
        assert words in page


async def test_the_curl_lines_are_for_a_company_without_a_cabinet(
    client: httpx.AsyncClient, database: Database, clock: FrozenClock
) -> None:
    taken = await create_organization(database, phone_on_file="+380671111111", name="Taken <b>")
    await create_account(database, taken)
    free = await create_organization(database, phone_on_file=PHONE)
    account = await create_account(database, free)
    await create_meter(database, account)
    async with database.begin() as session:
        (await session.get_one(Organization, taken.id)).registered_at = clock.now()

    page = (await client.get("/sandbox")).text

    lines = page.partition("<pre>")[2].partition("</pre>")[0]
    assert f'"phone": "{PHONE}", "account_number": "{account.account_number}"' in lines
    assert "BASE=http://localhost:8000" in lines
    assert 'TOKEN=$(curl -s "$BASE/v1/sign-ups/$SIGN_UP/confirmations"' in lines
    assert "Taken &lt;b&gt;" in page
    assert "the pair is registered" in page


async def test_without_companies_the_page_says_what_is_missing(client: httpx.AsyncClient) -> None:
    page = (await client.get("/sandbox")).text

    assert '"account_number": "ACCOUNT_NUMBER"' in page


def test_no_demonstration_company_has_a_phone_that_misbehaves() -> None:
    register = (REGISTER / "organizations.csv").read_text(encoding="utf-8").splitlines()

    assert not [row for row in register if row.endswith(tuple(of.digits for of in ENDINGS))]


async def test_production_knows_nothing_of_the_sandbox() -> None:
    assert not [path for path in document()["paths"] if path.startswith("/sandbox")]
