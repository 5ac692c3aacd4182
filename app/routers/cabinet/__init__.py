"""Endpoints for signed-in members. The guard is here, once, so no endpoint can forget it."""

import sys

from fastapi import Depends, FastAPI

from app.access import SessionEnded
from app.discovery import modules_in
from app.routers.deps import signed_in
from app.routers.problems.handlers import problems
from app.security.access_tokens import TokenRejected


def include_in(app: FastAPI, *, prefix: str) -> None:
    """Include the `router` of every module in this folder."""
    for module in modules_in(sys.modules[__name__]):
        app.include_router(
            module.router,
            prefix=prefix,
            dependencies=[Depends(signed_in)],
            responses=problems(TokenRejected, SessionEnded),
        )
