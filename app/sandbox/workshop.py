"""What somebody who builds a client may change about the sandbox."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from app.sandbox.clock import FURTHEST, SandboxClock
from app.schemas.base import In, Moment, Out

DAYS = Annotated[int, Field(ge=0, le=FURTHEST.days)]


class ClockIn(In):
    """Where to move the clock: to a moment, else so much further than now."""

    to: AwareDatetime | None = None
    days: DAYS = 0
    hours: Annotated[int, Field(ge=0, le=24)] = 0
    minutes: Annotated[int, Field(ge=0, le=60)] = 0

    def further(self) -> timedelta:
        return timedelta(days=self.days, hours=self.hours, minutes=self.minutes)


class ClockOut(Out):
    now: Moment
    ahead_seconds: int


def workshop_router(clock: SandboxClock) -> APIRouter:
    router = APIRouter()

    @router.get("/sandbox/clock")
    async def show_clock() -> ClockOut:
        return _clock_out(clock)

    @router.post("/sandbox/clock")
    async def move_clock(body: ClockIn) -> ClockOut:
        clock.move(body.to or clock.now() + body.further())
        return _clock_out(clock)

    return router


def _clock_out(clock: SandboxClock) -> ClockOut:
    return ClockOut(now=clock.now(), ahead_seconds=int(clock.ahead().total_seconds()))
