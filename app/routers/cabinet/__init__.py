"""Endpoints for signed-in members. The guard is here, once, so no endpoint can forget it."""

from fastapi import APIRouter, Depends

from app.access import SessionEnded
from app.routers.cabinet import (
    account_links,
    accounts,
    audit_events,
    consumption,
    invitations,
    me,
    members,
    ownership,
    phone_changes,
    readings,
    sessions,
)
from app.routers.deps import signed_in
from app.routers.problems import problems
from app.security.access_tokens import TokenRejected

router = APIRouter(
    dependencies=[Depends(signed_in)], responses=problems(TokenRejected, SessionEnded)
)
router.include_router(sessions.router)
router.include_router(me.router)
router.include_router(members.router)
router.include_router(ownership.router)
router.include_router(invitations.router)
router.include_router(audit_events.router)
router.include_router(phone_changes.router)
router.include_router(accounts.router)
router.include_router(account_links.router)
router.include_router(readings.router)
router.include_router(consumption.router)
