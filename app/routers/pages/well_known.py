"""The start page, and where to report a vulnerability, at addresses that programs know."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, RedirectResponse

from app.clock import Clock
from app.routers.http.configuration import HttpConfig, http_config_of

router = APIRouter(include_in_schema=False)

GOOD_FOR: Final = timedelta(days=180)
"""RFC 9116 asks for less than a year; the text is made anew at each request."""
SHORTEST_PHONE: Final = 10
COUNTRY: Final = "+38"


@router.get("/")
async def show_the_way_in(request: Request) -> RedirectResponse:
    return RedirectResponse(http_config_of(request.scope).home)


@router.get("/.well-known/security.txt")
async def show_security_contact(request: Request) -> PlainTextResponse:
    """Tell whom to write to about a vulnerability (RFC 9116)."""
    return PlainTextResponse(
        security_txt(http_config_of(request.scope), clock=request.app.state.clock),
        headers={"Content-Language": "en", "Cache-Control": "public, max-age=86400"},
    )


def security_txt(http_config: HttpConfig, *, clock: Clock) -> str:
    expires = (clock.now() + GOOD_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [f"Contact: {contact}" for contact in _contacts(http_config)]
    lines.append(f"Expires: {expires.isoformat().replace('+00:00', 'Z')}")
    lines.append("Preferred-Languages: uk, en, ru")
    lines.append(f"Canonical: {http_config.public_url.rstrip('/')}/.well-known/security.txt")
    return "\n".join(lines) + "\n"


def _contacts(http_config: HttpConfig) -> list[str]:
    """Return the contact that was set, else the phones that can be called from anywhere."""
    if http_config.security_contact:
        return [http_config.security_contact]
    phones = ("".join(filter(str.isdigit, phone)) for phone in http_config.contact_phones)
    return [f"tel:{COUNTRY}{phone}" for phone in phones if len(phone) == SHORTEST_PHONE]
