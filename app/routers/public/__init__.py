"""Endpoints and pages for people who have not signed in. Nothing else belongs here."""

from fastapi import APIRouter, Depends

from app.routers.parameters import known_parameters
from app.routers.public import (
    docs,
    health,
    help,  # noqa: A004 - the noun of the address /v1/help
    invitations,
    jwks,
    password_policy,
    password_resets,
    problem_pages,
    sessions,
    sign_ups,
    well_known,
)

router = APIRouter(dependencies=[Depends(known_parameters)])
"""Under /v1."""
router.include_router(sign_ups.router)
router.include_router(sessions.router)
router.include_router(password_resets.router)
router.include_router(invitations.router)
router.include_router(password_policy.router)
router.include_router(help.router)

pages = APIRouter()
"""At the root."""
pages.include_router(health.router)
pages.include_router(jwks.router)
pages.include_router(problem_pages.router)
pages.include_router(docs.router)
pages.include_router(well_known.router)
