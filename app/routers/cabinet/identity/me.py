from http import HTTPStatus
from typing import Final

from fastapi import APIRouter

from app.errors import Busy
from app.models.customers.organization import Ownership
from app.models.identity.member import CurrentPasswordRejected
from app.models.identity.password_policy import PasswordTooWeak
from app.models.limits.kinds import TooManyAttempts
from app.routers.deps import AppServices, Language, Origin, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.identity.members import MeOut, WayOutOut
from app.schemas.identity.passwords import PasswordChangeIn
from app.schemas.identity.profiles import ProfileIn
from app.services.identity.members import Me
from app.texts import Locale, say

router = APIRouter(prefix="/me", tags=["members"])

WAYS_OUT: Final = {
    Ownership.PENDING: ("activation_code", "operator_approval"),
    Ownership.PROOF_WAITING: ("operator_approval",),
    Ownership.PROVEN: (),
}


@router.get("")
async def get_me(credentials: SignedIn, services: AppServices, language: Language) -> MeOut:
    """Tell who is signed in, for which organization, and whether it is proven to be theirs."""
    me = await services.identity.members.me(credentials)
    is_proven = me.ownership is Ownership.PROVEN
    services.operations.request_rates.note_ownership(credentials.member_id, is_proven=is_proven)
    return _shown(me, language)


@router.patch("")
async def change_me(
    body: ProfileIn,
    credentials: SignedIn,
    services: AppServices,
    origin: Origin,
    language: Language,
) -> MeOut:
    """Change your name or the language of your SMS; what is left out stays."""
    me = await services.identity.members.change_me(credentials, body.changes(), origin=origin)
    return _shown(me, language)


@router.put(
    "/password",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(TooManyAttempts, CurrentPasswordRejected, PasswordTooWeak, Busy),
)
async def change_password(
    body: PasswordChangeIn, credentials: SignedIn, services: AppServices, origin: Origin
) -> None:
    """Change your password: your other sessions end at once, this one stays."""
    await services.identity.passwords.change(
        credentials,
        current_password=body.current_password,
        new_password=body.new_password,
        origin=origin,
    )


def _shown(me: Me, language: Locale) -> MeOut:
    ways = [
        WayOutOut(code=way, detail=say(f"ownership.{way}", language))
        for way in WAYS_OUT[me.ownership]
    ]
    return MeOut.of(me, ways=ways)
