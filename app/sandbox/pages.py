"""What somebody who tries the product sees: the companies, how to begin, the SMS inbox."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.clock import KYIV
from app.database import Database
from app.routers.http.configuration import http_config_of
from app.sandbox.clock import SandboxClock
from app.sandbox.companies import CompanyOnShow
from app.sandbox.demonstration import demonstration_companies
from app.sandbox.inbox import ENDINGS, Inbox, Received
from app.sandbox.specials import SandboxSpecialsRepository, Specials
from app.schemas.base import Moment, Out

TEMPLATES: Final = Path(__file__).with_name("templates")
REFRESH_SECONDS: Final = 3
SHOWN_AT_ONCE: Final = 100
SOLE_TRADER_DIGITS: Final = 10
SECRET_LINE: Final = re.compile(r"(?m)(?<=#)\d+$")
COPYABLE: Final = (
    r"<mark>\g<0></mark> "
    r'<button type="button" data-copy="\g<0>" aria-label="Copy the code \g<0>">Copy</button>'
)


class SmsOut(Out):
    id: str
    to: str
    sender: str
    text: str
    status: str
    sent_at: Moment


class SmsListOut(Out):
    items: list[SmsOut]


def pages_router(inbox: Inbox, *, database: Database, clock: SandboxClock) -> APIRouter:
    router = APIRouter()

    @router.get("/sandbox")
    async def show_companies(request: Request) -> Response:
        companies = await demonstration_companies(database)
        tax_ids = [company.tax_id for company in companies]
        async with database.begin() as transaction:
            specials = await SandboxSpecialsRepository(transaction).by_tax_id(tax_ids)
        rows = "".join(_company_row(of, specials.get(of.tax_id)) for of in companies)
        base = http_config_of(request.scope).public_url.rstrip("/")
        script = _script(_example(companies, specials), base=base)
        return _page("Companies", _companies_content(rows, script, clock))

    @router.get("/sandbox/sms")
    async def show_inbox(to: str = "") -> Response:
        received = inbox.list_newest(to=to)[:SHOWN_AT_ONCE]
        return _page("SMS inbox", _inbox_content(received, to=to), refreshing=True)

    @router.get("/sandbox/sms/messages")
    async def list_messages(to: str = "") -> SmsListOut:
        return SmsListOut(items=[_sms_out(found) for found in inbox.list_newest(to=to)])

    return router


def _sms_out(received: Received) -> SmsOut:
    sms = received.sms
    return SmsOut(
        id=sms.id,
        to=f"+{sms.phone}",
        sender=sms.sender,
        text=sms.text,
        status=received.status.lower(),
        sent_at=sms.sent_at,
    )


def _page(title: str, content: str, *, refreshing: bool = False) -> Response:
    nonce = secrets.token_urlsafe(16)
    refresh = (
        _template("refresh.html").substitute(nonce=nonce, seconds=REFRESH_SECONDS)
        if refreshing
        else ""
    )
    html = _template("layout.html").substitute(
        title=title, nonce=nonce, refresh=refresh, content=content, buttons=_buttons(nonce)
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Content-Language": "en",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(html, headers=headers)


def _buttons(nonce: str) -> str:
    return _template("buttons.html").substitute(nonce=nonce)


def _companies_content(rows: str, script: str, clock: SandboxClock) -> str:
    endings = "".join(
        f'<tr><td data-label="Ending"><code>…{ending.digits}</code></td>'
        f"<td>{escape(ending.meaning)}</td></tr>"
        for ending in ENDINGS
    )
    return _template("companies.html").substitute(
        companies=rows,
        script=escape(script, quote=False),
        endings=endings,
        now=f"{clock.now().astimezone(KYIV):%H:%M, %d.%m.%Y}",
        ahead=_ahead(clock.ahead()),
    )


def _ahead(moved: timedelta) -> str:
    return f"moved forward by {moved.days} d {moved.seconds // 3600} h" if moved else "as outside"


def _example(
    companies: Sequence[CompanyOnShow], specials: Mapping[str, Specials]
) -> CompanyOnShow | None:
    """Return a company that can do the main job: not registered, with meters to type in."""
    typed = {tax_id for tax_id, special in specials.items() if not special.has_remote}
    free = [of for of in companies if of.phone and of.account_numbers and not of.is_registered]
    return next((of for of in free if of.tax_id in typed), None)


def _script(example: CompanyOnShow | None, *, base: str) -> str:
    return _template("script.sh").substitute(
        base=base,
        phone=example.phone if example else "PHONE",
        account_number=example.account_numbers[0] if example else "ACCOUNT_NUMBER",
        tax_id=example.tax_id if example else "TAX_ID",
        name=example.name if example else "all companies on show have a cabinet by now",
    )


def _company_row(company: CompanyOnShow, specials: Specials | None) -> str:
    notes = escape("\u00a0· ".join(_notes(company, specials)))
    accounts = "".join(f"<span>{escape(number)}</span>" for number in company.account_numbers)
    is_taken = company.is_registered
    badge = _badge("taken", "registered") if is_taken else _badge("free", "can sign up")
    return (
        f"<tr><td><strong>{escape(company.name)}</strong><small>{notes}</small></td>"
        f'<td data-label="Tax id"><span class="digits">{escape(company.tax_id)}</span></td>'
        f'<td data-label="Phone"><span class="digits">{escape(company.phone or "—")}</span></td>'
        f'<td data-label="Accounts"><span class="digits">{accounts}</span></td>'
        f"<td>{badge}</td></tr>\n"
    )


def _notes(company: CompanyOnShow, specials: Specials | None) -> list[str]:
    """Return what is worth trying with this company and not with every other."""
    candidates = [
        (company.is_registered, "Signing it up again is refused: the pair is registered"),
        (company.phone is None, "No phone on file: with any phone its ownership stays pending"),
        (len(company.tax_id) == SOLE_TRADER_DIGITS, "A sole trader, with a ten-digit tax id"),
        (company.tax_id.startswith("0"), "A tax id with leading zeros"),
        (
            any(number.startswith("0") for number in company.account_numbers),
            "An account number with leading zeros",
        ),
        (
            len(company.account_numbers) > 1,
            f"{len(company.account_numbers)} accounts: one is linked at sign-up",
        ),
        *(_meter_notes(specials) if specials else []),
    ]
    return [note for applies, note in candidates if applies]


def _meter_notes(specials: Specials) -> list[tuple[bool, str]]:
    return [
        (specials.zones > 1, f"{specials.zones}-zone meters"),
        (specials.multiplier > 1, f"Readings times {specials.multiplier.normalize():f}"),
        (specials.generates, "Generation: energy given to the network"),
        (specials.has_reactive, "Reactive energy"),
        (specials.has_remote, "A remote meter, which nobody may type"),
        (specials.has_replaced, "A meter that was replaced"),
    ]


def _inbox_content(received: Sequence[Received], *, to: str) -> str:
    cards = "".join(map(_sms_card, received)) or (
        '<article class="empty">No SMS yet. Each code that is asked for appears here '
        "within a second or two.</article>"
    )
    return (
        "<h1>SMS inbox</h1>"
        '<p class="soft">What the sandbox has sent, newest first; the page looks again every '
        f"{REFRESH_SECONDS} seconds. The same as JSON: "
        "<code>GET /sandbox/sms/messages?to=…</code></p>"
        '<form method="get" action="/sandbox/sms">'
        f'<input name="to" value="{escape(to)}" placeholder="Phone, in any spelling" '
        'aria-label="Phone" inputmode="tel"><button>Show</button></form>'
        f'<section id="received">{cards}</section>'
    )


def _sms_card(received: Received) -> str:
    sms = received.sms
    text = SECRET_LINE.sub(COPYABLE, escape(sms.text))
    return (
        "<article><header>"
        f'<strong class="digits">+{escape(sms.phone)}</strong>'
        f'<span class="soft">from {escape(sms.sender)} at '
        f"{sms.sent_at.astimezone(KYIV):%H:%M:%S, %d.%m.%Y}</span>"
        f"{_badge(received.status.value, received.status.lower())}"
        f"</header><p>{text}</p></article>\n"
    )


def _badge(kind: str, words: str) -> str:
    return f'<span class="badge {escape(kind)}">{escape(words)}</span>'


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))
