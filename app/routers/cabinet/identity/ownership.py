from http import HTTPStatus

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from app.models.identity.activation_code import ActivationCodeRejected
from app.models.limits.kinds import TooManyAttempts
from app.routers.deps import AppServices, Origin, SignedIn
from app.routers.problems.handlers import problems
from app.schemas.identity.ownership import OwnershipProofIn, OwnershipProofOut

router = APIRouter(prefix="/me/ownership-proofs", tags=["members"])


@router.post(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    response_model=None,
    responses={
        HTTPStatus.ACCEPTED.value: {
            "model": OwnershipProofOut,
            "description": "Another phone is on file and has a day to sign up itself",
        },
        **problems(ActivationCodeRejected, TooManyAttempts),
    },
)
async def prove_ownership(
    body: OwnershipProofIn, credentials: SignedIn, services: AppServices, origin: Origin
) -> Response:
    """Prove that the company is yours with the activation code printed on its bill.

    Five tries a day. Until then every route of the company answers `ownership_pending`. Where
    the operator has another phone on file, that phone is told by SMS, and the answer is 202: the
    proof takes effect at `effective_at`, unless that phone signs up for the company before.
    """
    effective_at = await services.identity.ownership.prove(
        credentials, activation_code=body.activation_code, origin=origin
    )
    if effective_at is None:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    waiting = OwnershipProofOut(effective_at=effective_at)
    return JSONResponse(waiting.model_dump(mode="json"), status_code=HTTPStatus.ACCEPTED)
