from typing import Final

from fastapi import APIRouter

from app.routers.deps import AppServices, Language, SignedIn
from app.schemas.members import MeOut, WayOutOut
from app.texts import say

router = APIRouter(tags=["members"])

WAYS_OUT: Final = ("activation_code", "operator_approval")


@router.get("/me")
async def get_me(credentials: SignedIn, services: AppServices, language: Language) -> MeOut:
    """Tell who is signed in, for which organization, and whether it is proven to be theirs."""
    me = await services.members.me(credentials)
    ways = (
        []
        if me.is_proven
        else [WayOutOut(code=way, detail=say(f"ownership.{way}", language)) for way in WAYS_OUT]
    )
    return MeOut.of(me, ways=ways)
