"""Endpoints for signed-in members. The guard is here, once, so no endpoint can forget it."""

from fastapi import Depends, FastAPI

from app.access import SessionEnded
from app.routers.cabinet import accounts, consumption, members, readings, sessions
from app.routers.deps import signed_in
from app.routers.problems import problems
from app.security.access_tokens import TokenRejected


def include_in(app: FastAPI, *, prefix: str) -> None:
    # Not through a router of their own: each level of routers is searched once more (50 us).
    for module in (members, accounts, readings, consumption, sessions):
        app.include_router(
            module.router,
            prefix=prefix,
            dependencies=[Depends(signed_in)],
            responses=problems(TokenRejected, SessionEnded),
        )
