from http import HTTPStatus

from fastapi import APIRouter

from app.access import OwnershipPending, PermissionMissing
from app.restraints import HoldAfterReset
from app.routers.deps import AppServices, Origin, SignedIn
from app.routers.problems.handlers import problems

router = APIRouter(prefix="/cabinet-freeze", tags=["members"])


@router.put(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(OwnershipPending, PermissionMissing),
)
async def freeze_cabinet(credentials: SignedIn, services: AppServices, origin: Origin) -> None:
    """Freeze the cabinet: only the owner is let in until you lift it. For the owner.

    Nobody gets more rights meanwhile, no link is confirmed, and companies that see your accounts
    do not see them. You may freeze at any time, also for a day after a password reset.
    """
    await services.identity.cabinet_freezes.freeze(credentials, origin=origin)


@router.delete(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(OwnershipPending, PermissionMissing, HoldAfterReset),
)
async def unfreeze_cabinet(credentials: SignedIn, services: AppServices, origin: Origin) -> None:
    """Lift the freeze: everybody is let in again who was before. For the owner."""
    await services.identity.cabinet_freezes.lift(credentials, origin=origin)
