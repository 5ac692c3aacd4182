"""Endpoints that do nothing but show how the edge treats endpoints."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from app.errors import AppError, Busy, Flaw, Malformed
from app.identifiers import parse_phone, parse_tax_id
from app.models.identity.password_policy import PasswordTooWeak
from app.models.identity.sign_up import PairAlreadyRegistered
from app.models.messages.code_challenge import CodeRejected, ResendTooSoon
from app.models.metering.reading_window import ReadingWindowClosed
from app.models.metering.submission import ReadingUnusual
from app.models.period import Period
from app.routers.deps import Origin
from app.routers.http.body_limits import takes_up_to
from app.schemas.base import In, Moment, PeriodText, RegisterValue, parsed

router = APIRouter(prefix="/v1/probes", include_in_schema=False)

LARGE = 64 * 1024
NOW = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


class PartIn(In):
    value: RegisterValue


class Shade(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class ThingIn(In):
    name: Annotated[str, Field(min_length=2, max_length=5)] = "abc"
    size: Annotated[int, Field(ge=1, lt=10)] = 1
    kind: Literal["day", "night"] = "day"
    shade: Shade = Shade.LIGHT
    shade_of_night: Literal[Shade.LIGHT, Shade.DARK] = Shade.DARK
    is_big: bool = False
    id: UUID | None = None
    on: date | None = None
    at: Moment | None = None
    period: PeriodText | None = None
    phone: Annotated[str, parsed(parse_phone)] | None = None
    tax_id: Annotated[str, parsed(parse_tax_id)] | None = None
    parts: Annotated[list[PartIn], Field(min_length=1)]


class Odd(Malformed):
    code = "malformed_json"


REFUSALS: dict[str, AppError] = {
    "busy": Busy(retry_after=0.2),
    "window": ReadingWindowClosed(period=Period(2026, 10), opens_at=NOW, closes_at=NOW),
    "pair": PairAlreadyRegistered(),
    "code": CodeRejected(attempts_left=4),
    "code-untold": CodeRejected(),
    "resend": ResendTooSoon(resend_at=NOW, retry_after=44.1),
    "password": PasswordTooWeak(["too_short", "no_digit"], pointer="/password"),
    "malformed": Odd(),
    "unusual": ReadingUnusual(
        flaws=[Flaw("/readings/0/value", "low_consumption")],
        findings=[Flaw("/readings/0/value", "low_consumption")],
        expected=[{"register_id": UUID(int=1), "low": Decimal("1E+2"), "on": date(2026, 11, 1)}],
    ),
}


@router.get("/boom")
async def explode() -> None:
    phone = "+380671234588"
    raise RuntimeError(f"DETAIL:  Key (phone)=({phone}) already exists.")


@router.get("/half")
async def stream_half() -> StreamingResponse:
    async def halves() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("no other half")

    return StreamingResponse(halves())


@router.get("/teapot")
async def refuse_as_teapot() -> None:
    raise HTTPException(418)


@router.get("/refusals/{name}")
async def refuse(name: str) -> None:
    raise REFUSALS[name]


@router.get("/numbers/{number}")
async def show_number(number: int) -> int:
    return number


@router.get("/search")
async def search(limit: Annotated[int, Query(ge=1, le=200)] = 50) -> int:
    return limit


@router.post("/things")
async def make_thing(
    body: ThingIn,
    idempotency_key: Annotated[str | None, Header(pattern=r"^[\x21-\x7e]{1,255}$")] = None,
) -> str:
    return body.name + (idempotency_key or "")


@router.post("/large-things")
@takes_up_to(LARGE)
async def make_large_thing(body: ThingIn) -> str:
    return body.name


@router.put("/things")
async def put_nothing() -> None:
    """Take no body at all."""


@router.get("/origin")
async def show_origin(origin: Origin) -> list[str | None]:
    return [origin.address, origin.device]
