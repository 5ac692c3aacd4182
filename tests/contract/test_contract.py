"""The whole OpenAPI document against the running product: right requests, and wrong ones."""

import asyncio
import copy
from collections.abc import Mapping
from typing import Any

import pytest

from app.main import document
from tests.architecture.rights import PUBLIC
from tests.contract.conftest import Served
from tests.contract.runs import Effort, Run, run
from tests.rounds import few_or_many

FEW = Effort(examples=10, tries_every_constraint=False)
MANY = Effort(examples=25, tries_every_constraint=True)
MISSED_BY_FEW = 3
"""So many operations may happen to get no right request, where few are made up."""
SIGN_OUT = "DELETE /v1/sessions/current"
ENDS_THE_SESSION = {SIGN_OUT, "DELETE /v1/sessions/{session_id}"}
BESIDE = {"POST /v1/sessions"}
"""Public, and on a path that also has members' operations."""
NEEDS_AN_SMS = {
    "POST /v1/invitations/{invitation_id}/acceptances",
    "POST /v1/invitations/{invitation_id}/codes",
    "POST /v1/password-resets/{reset_id}/codes",
    "POST /v1/password-resets/{reset_id}/confirmations",
    "POST /v1/sign-ups/{sign_up_id}/codes",
    "POST /v1/sign-ups/{sign_up_id}/confirmations",
}
"""Nobody guesses a code, and the clock of these tests stands still."""
NEEDS_A_SECRET = {
    "GET /v1/calendar.ics",
    "GET /v1/consumption/chart.svg",
    "POST /v1/payment-gateways/liqpay/notifications",
    "POST /v1/payment-gateways/monobank/notifications",
}
"""Nobody guesses the address of a calendar or a picture, or signs as an acquirer."""
NAMES_REGISTERS = {"POST /v1/reading-batches"}
"""In one of three ways, which chance seldom hits for all items of a batch."""
NEEDS_OTHERS = {
    "DELETE /v1/account-links/{link_id}",
    "DELETE /v1/invitations/{invitation_id}",
    "DELETE /v1/members/{member_id}",
    "PATCH /v1/members/{member_id}",
    "POST /v1/account-links",
    "POST /v1/account-links/{link_id}/codes",
    "POST /v1/account-links/{link_id}/confirmations",
    "POST /v1/me/phone-changes/{change_id}/codes",
    "POST /v1/me/phone-changes/{change_id}/confirmations",
}
"""A company with one account and one member, whose phones no test reads."""
SELDOM_RIGHT = {
    "DELETE /v1/orders/{order_id}/appointment",
    "DELETE /v1/orders/{order_id}/attachments/{attachment_id}",
    "GET /v1/orders/{order_id}/attachments/{attachment_id}",
    "PATCH /v1/orders/{order_id}",
    "POST /v1/orders",
    "POST /v1/orders/{order_id}/act-acceptances",
    "POST /v1/orders/{order_id}/attachments",
    "POST /v1/orders/{order_id}/quote-acceptances",
    "POST /v1/orders/{order_id}/submissions",
    "POST /v1/payments",
    "PUT /v1/orders/{order_id}/appointment",
}
"""They want an order in a certain state, a file, or one of two forms: chance seldom hits that."""


async def sent(
    product: Served,
    names: set[str],
    headers: Mapping[str, str] | None = None,
    *,
    told: dict[str, Any] | None = None,
    effort: Effort = MANY,
) -> Run:
    return await asyncio.to_thread(
        run,
        told or only(names),
        url=product.url,
        known=product.known,
        effort=effort,
        headers=headers,
    )


def only(names: set[str]) -> dict[str, Any]:
    whole = document()
    paths = {
        path: {method: it for method, it in methods.items() if f"{method.upper()} {path}" in names}
        for path, methods in whole["paths"].items()
    }
    return {**whole, "paths": {path: methods for path, methods in paths.items() if methods}}


def all_names() -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, methods in document()["paths"].items()
        for method in methods
    }


def missed_by(effort: Effort) -> int:
    return 0 if effort.tries_every_constraint else MISSED_BY_FEW


@pytest.mark.parametrize("effort", few_or_many(FEW, MANY), ids=["few", "many"])
async def test_the_document_holds_for_a_member(product: Served, effort: Effort) -> None:
    names = (all_names() - PUBLIC - ENDS_THE_SESSION) | BESIDE

    done = await sent(product, names, product.owner.headers, effort=effort)

    assert not done.findings, "\n".join(done.findings)
    assert done.accepted.isdisjoint(NEEDS_OTHERS)
    missed = names - done.accepted - NEEDS_OTHERS - NAMES_REGISTERS - SELDOM_RIGHT
    assert len(missed) <= missed_by(effort), "\n".join(sorted(missed))


@pytest.mark.parametrize("effort", few_or_many(FEW, MANY), ids=["few", "many"])
async def test_the_document_holds_for_strangers(product: Served, effort: Effort) -> None:
    names = all_names()
    refused = (names - PUBLIC) | NEEDS_AN_SMS | NEEDS_A_SECRET

    done = await sent(product, names, effort=effort)

    assert not done.findings, "\n".join(done.findings)
    assert done.accepted.isdisjoint(refused)
    missed = names - done.accepted - refused
    assert len(missed) <= missed_by(effort), missed


async def test_the_document_holds_for_those_who_leave(product: Served) -> None:
    done = await sent(product, {SIGN_OUT}, product.owner.headers)

    assert not done.findings, "\n".join(done.findings)
    assert done.accepted == {SIGN_OUT}


async def test_a_document_that_lies_is_found_out(product: Served) -> None:
    names = {"GET /v1/me", "GET /v1/help/contacts", "GET /v1/accounts", "POST /v1/sign-ups"}
    lies = copy.deepcopy(only(names))
    lies["components"]["schemas"]["MeOut"]["required"].append("shoe_size")
    lies["paths"]["/v1/help/contacts"]["get"]["security"] = [{"bearer": []}]
    lies["paths"]["/v1/accounts"]["get"]["parameters"][0]["schema"] = {"enum": ["closed"]}
    del lies["paths"]["/v1/sign-ups"]["post"]["responses"]["422"]

    done = await sent(product, names, product.owner.headers, told=lies, effort=FEW)

    assert {finding.partition(": ")[0] for finding in done.findings} == names
