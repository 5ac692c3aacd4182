from typing import Final

from fastapi import APIRouter, Response

from app.routers.deps import AppServices
from app.schemas.identity.sessions import JwksOut

root = APIRouter(tags=["sessions"])

CACHED: Final = "public, max-age=300"
"""Seconds: half of an access token's life. Who meets an unknown `kid` asks again at once."""


@root.get("/.well-known/jwks.json")
async def list_signing_keys(services: AppServices, response: Response) -> JwksOut:
    """Give the public keys with which other services verify access tokens (RFC 7517, 8037)."""
    response.headers["Cache-Control"] = CACHED
    return JwksOut.model_validate({"keys": services.identity.sessions.public_keys()})
