from http import HTTPStatus

from fastapi import APIRouter

from app.routers.deps import AppServices, Origin, SignedIn
from app.routers.problems import problems
from app.schemas.ownership import OwnershipProofIn
from app.services.ownership import ActivationCodeRejected, TooManyAttempts

router = APIRouter(prefix="/me/ownership-proofs", tags=["members"])


@router.post(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(ActivationCodeRejected, TooManyAttempts),
)
async def prove_ownership(
    body: OwnershipProofIn, credentials: SignedIn, services: AppServices, origin: Origin
) -> None:
    """Prove that the company is yours with the activation code printed on its bill.

    Five tries a day. Until then every route of the company answers `ownership_pending`.
    """
    await services.ownership.prove(credentials, activation_code=body.activation_code, origin=origin)
