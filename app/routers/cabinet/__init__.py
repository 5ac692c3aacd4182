"""Endpoints for signed-in members. The guard is here, once, so no endpoint can forget it."""

from fastapi import Depends, FastAPI

from app.access import SessionEnded
from app.routers.cabinet.accounts import account_links, accounts, blocked_companies
from app.routers.cabinet.identity import (
    cabinet_freezes,
    invitations,
    me,
    members,
    ownership,
    phone_changes,
    sessions,
)
from app.routers.cabinet.metering import consumption, readings
from app.routers.cabinet.operations import audit_events
from app.routers.deps import signed_in
from app.routers.problems.handlers import problems
from app.security.access_tokens import TokenRejected


def include_in(app: FastAPI, *, prefix: str) -> None:
    for module in (
        me,
        accounts,
        readings,
        consumption,
        sessions,
        members,
        ownership,
        invitations,
        cabinet_freezes,
        audit_events,
        phone_changes,
        account_links,
        blocked_companies,
    ):
        app.include_router(
            module.router,
            prefix=prefix,
            dependencies=[Depends(signed_in)],
            responses=problems(TokenRejected, SessionEnded),
        )
