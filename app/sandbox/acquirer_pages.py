"""The sandbox acquirer over HTTP: the shop's API, the payer's page, and its notifications."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from html import escape
from http import HTTPStatus
from typing import Any, Final

import httpx
from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from app.sandbox.acquirer import Refused, SandboxAcquirer, SandboxCharge, notification

ROOT: Final = "/sandbox/monobank"
NOTIFY_SECONDS: Final = 5.0
REPEATS: Final = 2
"""How often each state is told: a real acquirer repeats what was not answered in time."""
CHOICES: Final = {
    "pay": "Pay",
    "decline": "Let the bank decline",
    "expire": "Let the page expire",
    "slow": "Pay, and be slow to tell",
}


class AcquirerPages:
    """What is asked of the acquirer over HTTP: by the shop with its token, by people without."""

    def __init__(self, acquirer: SandboxAcquirer) -> None:
        self._acquirer = acquirer

    async def tell_key(self) -> Response:
        return JSONResponse({"key": self._acquirer.public_key()})

    async def create(self, request: Request) -> Response:
        def act(asked: Mapping[str, Any]) -> dict[str, Any]:
            charge = self._acquirer.create(asked)
            page = request.url_for("show_page", number=charge.id)
            return {"invoiceId": charge.id, "pageUrl": str(page)}

        return await self._answered(request, act)

    async def status(self, request: Request) -> Response:
        number = request.query_params.get("invoiceId", "")
        return await self._answered(request, lambda _: self._acquirer.find(number).said)

    async def remove(self, request: Request) -> Response:
        def act(asked: Mapping[str, Any]) -> dict[str, Any]:
            self._acquirer.remove(self._acquirer.find(str(asked.get("invoiceId"))))
            return {}

        return await self._answered(request, act)

    async def cancel(self, request: Request, later: BackgroundTasks) -> Response:
        def act(asked: Mapping[str, Any]) -> dict[str, Any]:
            charge = self._acquirer.find(str(asked.get("invoiceId")))
            self._acquirer.refund(charge, asked)
            later.add_task(_tell, self._acquirer, charge)
            return {"status": "success"}

        return await self._answered(request, act)

    async def show_page(self, number: str) -> Response:
        try:
            return _page(self._acquirer.find(number))
        except Refused:
            return _nothing()

    async def choose(self, number: str, choice: str, later: BackgroundTasks) -> Response:
        """Do what the person has chosen, and send them back to where they came from."""
        try:
            charge = self._acquirer.find(number)
        except Refused:
            return _nothing()
        if charge.status == "created" and choice in CHOICES:
            _act(self._acquirer, charge, choice)
            if choice != "expire":
                later.add_task(_tell, self._acquirer, charge)
        to = charge.returns_to or f"{ROOT}/pay/{number}"
        return RedirectResponse(to, HTTPStatus.SEE_OTHER, background=later)

    async def _answered(
        self, request: Request, act: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> Response:
        try:
            self._acquirer.require_token(request.headers.get("x-token", ""))
            body = await request.body()
            return JSONResponse(dict(act(json.loads(body) if body else {})))
        except Refused as refused:
            return JSONResponse(refused.answer, status_code=refused.status)
        except (ValueError, TypeError, AttributeError):
            answer = {"errCode": "BAD_REQUEST", "errText": "unreadable"}
            return JSONResponse(answer, status_code=HTTPStatus.BAD_REQUEST)


def acquirer_router(acquirer: SandboxAcquirer) -> APIRouter:
    pages, router = AcquirerPages(acquirer), APIRouter(prefix=ROOT)
    api = "/api/merchant"
    router.add_api_route(f"{api}/pubkey", pages.tell_key, methods=["GET"])
    router.add_api_route(f"{api}/invoice/create", pages.create, methods=["POST"])
    router.add_api_route(f"{api}/invoice/status", pages.status, methods=["GET"])
    router.add_api_route(f"{api}/invoice/remove", pages.remove, methods=["POST"])
    router.add_api_route(f"{api}/invoice/cancel", pages.cancel, methods=["POST"])
    router.add_api_route("/pay/{number}", pages.show_page, methods=["GET"], name="show_page")
    router.add_api_route("/pay/{number}/{choice}", pages.choose, methods=["POST"])
    return router


def _act(acquirer: SandboxAcquirer, charge: SandboxCharge, choice: str) -> None:
    match choice:
        case "expire":
            acquirer.move(charge, "expired")
        case "decline":
            acquirer.decline(charge)
        case "slow":
            # It has paid, and nobody is told but who asks: the cabinet has to ask.
            acquirer.pay(charge)
            charge.told_to = ""
        case _:
            acquirer.move(charge, "processing")
            acquirer.pay(charge)


async def _tell(acquirer: SandboxAcquirer, charge: SandboxCharge) -> None:
    """Tell all states, the newest first and each twice: whoever listens has to bear it."""
    if not charge.told_to.startswith(("http://", "https://")):
        return
    states: Sequence[Mapping[str, Any]] = charge.history[::-1] * REPEATS
    async with httpx.AsyncClient(timeout=NOTIFY_SECONDS) as http:
        for said in states:
            body = notification(said)
            headers = {"X-Sign": acquirer.sign(body), "Content-Type": "application/json"}
            try:
                await http.post(charge.told_to, content=body, headers=headers)
            except httpx.HTTPError:
                return


def _nothing() -> Response:
    return HTMLResponse("<p>There is no such payment.</p>", HTTPStatus.NOT_FOUND)


def _page(charge: SandboxCharge) -> Response:
    said, nonce = charge.said, secrets.token_urlsafe(16)
    hryvnias = f"{said['amount'] // 100}.{said['amount'] % 100:02}"
    buttons = "".join(
        f'<form method="post" action="{ROOT}/pay/{charge.id}/{choice}">'
        f"<button>{escape(words)}</button></form>"
        for choice, words in CHOICES.items()
    )
    content = buttons if charge.status == "created" else f"<p>It is {escape(charge.status)}.</p>"
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox acquirer</title>'
        f'<style nonce="{nonce}">body{{font:16px/1.5 system-ui;max-width:32rem;margin:3rem auto;'
        "padding:0 1rem}button{font:inherit;padding:.5rem 1rem;margin:.25rem 0}</style>"
        f"<h1>{hryvnias} UAH</h1><p>{escape(str(said['destination']))}</p>"
        f"<p>No money moves here: this is the sandbox.</p>{content}</html>"
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action *; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return HTMLResponse(
        html, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    )
