"""Endpoints and pages for people who have not signed in. Nothing else belongs here."""

from fastapi import APIRouter

from app.routers.public import health, sessions, sign_ups

router = APIRouter()
"""Under /v1."""
router.include_router(sign_ups.router)
router.include_router(sessions.router)
router.include_router(sign_ups.router)
router.include_router(sessions.router)

pages = APIRouter()
"""At the root."""
pages.include_router(health.router)
