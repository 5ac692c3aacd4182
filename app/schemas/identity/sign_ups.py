from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import Field

from app.identifiers import mask_phone, parse_phone, parse_tax_id
from app.models.base import Identified
from app.models.identity.sign_up import SignUpProgress
from app.models.messages.code_progress import CodeProgress
from app.schemas.base import In, Judged, Moment, Out, parsed
from app.schemas.codes import Code
from app.schemas.identity.sessions import TokensOut
from app.services.identity.sign_ups import SignedUp

Phone = Annotated[str, parsed(parse_phone), Field(max_length=32, examples=["095 237 78 26"])]
TaxId = Annotated[str, parsed(parse_tax_id), Field(max_length=32, examples=["34067885"])]
AccountNumber = Annotated[
    str, Field(max_length=32, examples=["1000000748"]), Judged("account_number")
]
Password = Annotated[str, Field(max_length=256, examples=["Qwer123!"]), Judged("password")]
"""One that is being chosen; a current one is only compared."""
LocaleName = Literal["uk", "en", "ru"]


WaitsForCode = TypeVar("WaitsForCode", bound=Identified)


class SignUpIn(In):
    phone: Phone
    account_number: AccountNumber
    tax_id: TaxId
    password: Password
    locale: LocaleName | None = None


class SignUpConfirmationIn(In):
    code: Code


class CodeOut(Out):
    length: int = Field(examples=[6])
    expires_at: Moment
    resend_at: Moment | None = Field(
        description="When the same code may be sent again; null when it may not"
    )
    attempts_left: int = Field(examples=[5])


class DeliveryOut(Out):
    status: Literal["queued", "sent", "delivered", "failed", "unknown"]
    updated_at: Moment
    advice: str | None = Field(description="A sentence to show, in the caller's language")


class SignUpOut(Out):
    id: UUID
    status: Literal["code_sent", "confirmed", "expired", "closed"]
    phone_masked: str = Field(examples=["+380 67 *** ** 88"])
    code: CodeOut
    delivery: DeliveryOut

    @classmethod
    def of(cls, progress: SignUpProgress, *, advice: str | None) -> "SignUpOut":
        return cls.model_validate(code_progress(progress, advice))


class SignedUpOut(TokensOut):
    ownership: Literal["proven", "pending"]

    @classmethod
    def of(cls, signed_up: SignedUp) -> "SignedUpOut":
        tokens = TokensOut.model_validate(signed_up.tokens)
        ownership = "proven" if signed_up.is_proven else "pending"
        return cls.model_validate({**tokens.model_dump(), "ownership": ownership})


def code_progress(progress: CodeProgress[WaitsForCode], advice: str | None) -> dict[str, Any]:
    """Return the fields that tell how far something has come that waits for a code."""
    message = progress.message
    return {
        "id": progress.subject.id,
        "status": progress.status,
        "phone_masked": mask_phone(progress.challenge.phone),
        "code": progress.challenge,
        "delivery": {
            "status": message.status,
            "updated_at": message.updated_at,
            "advice": advice,
        },
    }
