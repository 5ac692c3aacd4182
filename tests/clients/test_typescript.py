"""The TypeScript client in a real browser, against the running product."""

import asyncio
from datetime import timedelta

import pytest

from tests.clients.browser import Tab
from tests.clients.conftest import FrontEnd
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.committing

REFRESH = "POST /v1/sessions/refresh"
MAKE = """
const { Cabinet } = await import("/index.js");
globalThis.isOut = false;
globalThis.cabinet = new Cabinet({
  baseUrl: given[0], language: "en", onSignedOut: () => { globalThis.isOut = true; } });
"""
SIGN_IN = "await cabinet.signIn({ account_number: given[0], password: given[1] });"
LOOK = 'return (await cabinet.get("/v1/me")).organization.tax_id;'
START_TO_LOOK = 'globalThis.looking = cabinet.get("/v1/me");'
END_OF_LOOK = "return (await globalThis.looking).organization.tax_id;"
SUBMIT = """
const path = { account_id: given[0] };
const { registers } = await cabinet.get("/v1/accounts/{account_id}/reading-form", { path });
const readings = registers.map(
  ({ register_id, expected }) => ({ register_id, value: expected.high }));
const receipt = await cabinet.post(
  "/v1/accounts/{account_id}/readings", { path, body: { readings } });
return receipt.items.length;
"""
LOSE_THE_NEXT_ANSWER = """
const through = globalThis.fetch;
globalThis.fetch = async (address, ...rest) => {
  const answer = await through(address, ...rest);
  if (!address.includes(given)) return answer;
  globalThis.fetch = through;
  throw new TypeError("the answer was lost");
};
"""
LOSE_ALL_ANSWERS = """
globalThis.through = globalThis.fetch;
globalThis.fetch = async (address, ...rest) => {
  const answer = await through(address, ...rest);
  if (!address.includes("/refresh")) return answer;
  throw new TypeError("the answer was lost");
};
"""
FIND_ANSWERS_AGAIN = "globalThis.fetch = globalThis.through;"


async def tab_of(shown: FrontEnd) -> Tab:
    tab = await asyncio.to_thread(shown.browser.open_tab, shown.page)
    await tab.run(MAKE, shown.api)
    return tab


async def signed_in_tab(shown: FrontEnd) -> Tab:
    tab = await tab_of(shown)
    assert await tab.run(SIGN_IN, shown.company.account.account_number, PASSWORD) is None
    return tab


def token_dies(shown: FrontEnd) -> None:
    shown.clock.advance(timedelta(minutes=11))


async def test_the_main_job_is_done_with_typed_calls(shown: FrontEnd) -> None:
    tab = await signed_in_tab(shown)

    assert await tab.run(LOOK) == shown.company.organization.tax_id
    assert await tab.run(SUBMIT, str(shown.company.account.id)) == 1


async def test_two_tabs_refresh_once(shown: FrontEnd) -> None:
    one, two = await signed_in_tab(shown), await tab_of(shown)
    token_dies(shown)
    shown.wire.held[REFRESH] = both_ask = asyncio.Event()

    await one.run(START_TO_LOOK)
    await two.run(START_TO_LOOK)
    both_ask.set()

    assert await one.run(END_OF_LOOK) == shown.company.organization.tax_id
    assert await two.run(END_OF_LOOK) == shown.company.organization.tax_id
    assert shown.wire.seen[REFRESH] == 1


async def test_a_tab_that_slept_an_hour_after_a_lost_answer_stays_signed_in(
    shown: FrontEnd,
) -> None:
    tab = await signed_in_tab(shown)
    token_dies(shown)
    # The refresh arrives and its answer does not; the lid closes before there is a second try.
    await tab.run(LOSE_ALL_ANSWERS)
    assert (await tab.run(LOOK))["name"] == "Unreachable"
    await tab.run(FIND_ANSWERS_AGAIN)
    shown.clock.advance(timedelta(hours=1))

    assert await tab.run(LOOK) == shown.company.organization.tax_id
    assert shown.wire.seen[REFRESH] > 1


async def test_a_lost_answer_to_a_refresh_is_asked_for_again(shown: FrontEnd) -> None:
    tab = await signed_in_tab(shown)
    token_dies(shown)
    await tab.run(LOSE_THE_NEXT_ANSWER.replace("given", "'/refresh'"))

    assert await tab.run(LOOK) == shown.company.organization.tax_id
    assert shown.wire.seen[REFRESH] == 2


async def test_a_lost_answer_to_a_submission_is_repeated_with_the_same_key(
    shown: FrontEnd,
) -> None:
    tab = await signed_in_tab(shown)
    path = f"POST /v1/accounts/{shown.company.account.id}/readings"
    before = len(shown.wire.keys)
    lose_it = LOSE_THE_NEXT_ANSWER.replace("given", "'/readings'")
    lose_the_submission = SUBMIT.replace("const receipt", f"{lose_it}const receipt")

    assert await tab.run(lose_the_submission, str(shown.company.account.id)) == 1
    assert shown.wire.seen[path] == 2
    assert len(set(shown.wire.keys[before:])) == 1


async def test_a_429_is_waited_out(shown: FrontEnd) -> None:
    tab = await signed_in_tab(shown)
    shown.wire.refusals["GET /v1/me"] = 2

    assert await tab.run(LOOK) == shown.company.organization.tax_id
    assert shown.wire.seen["GET /v1/me"] == 3


async def test_a_refusal_is_a_typed_error_with_its_fields(shown: FrontEnd) -> None:
    tab = await tab_of(shown)

    refused = await tab.run(SIGN_IN, shown.company.account.account_number, "wrong")
    malformed = await tab.run(
        'await cabinet.post("/v1/sign-ups", { body: { phone: "12", account_number: "1",'
        ' tax_id: "1", password: "Qwer123!" } });'
    )

    assert (refused["name"], refused["code"]) == ("ProblemError", "credentials_rejected")
    assert malformed["code"] == "phone_invalid"
    assert {field for field, _ in malformed["fields"]} >= {"/phone", "/tax_id"}


async def test_signing_out_in_one_tab_is_told_to_the_other(shown: FrontEnd) -> None:
    one, two = await signed_in_tab(shown), await tab_of(shown)

    await one.run("await cabinet.leave();")

    told = "for (let i = 0; i < 100 && !isOut; i++) await new Promise(r => setTimeout(r, 20));"
    assert await two.run(f"{told} return [isOut, await cabinet.isSignedIn()];") == [True, False]


async def test_an_ended_session_leads_to_the_sign_in_page(shown: FrontEnd) -> None:
    tab = await signed_in_tab(shown)
    shown.clock.advance(timedelta(days=400))

    ended = await tab.run(LOOK)

    assert ended["name"] == "SignedOut"
    assert await tab.run("return [isOut, await cabinet.isSignedIn()];") == [True, False]


async def test_nobody_answering_is_said_so(shown: FrontEnd) -> None:
    tab = await tab_of(shown)
    await tab.run(MAKE, "http://127.0.0.1:9")

    assert (await tab.run(LOOK))["name"] == "Unreachable"
