"""Endpoints and pages for people who have not signed in. Nothing else belongs here."""

from fastapi import APIRouter, Depends

from app.routers.http.parameters import known_parameters
from app.routers.pages import docs, problem_pages, well_known
from app.routers.public.identity import (
    invitations,
    jwks,
    password_policy,
    password_resets,
    sessions,
    sign_ups,
)
from app.routers.public.operations import health, help  # noqa: A004 - the noun of /v1/help

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
