from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.identifiers import mask_phone
from app.models.messages.code_challenge import CodeChallenge
from app.models.messages.message import Message
from app.schemas.base import In, Out
from app.schemas.codes import LongCode
from app.schemas.identity.sign_ups import CodeOut, DeliveryOut, Phone
from app.services.identity.phone_changes import PhoneChangeProgress


class PhoneChangeIn(In):
    new_phone: Phone
    current_password: Annotated[str, Field(max_length=1024, examples=["Qwer123!"])]


class LongCodeOut(CodeOut):
    length: int = Field(examples=[8])


class PhoneCodeOut(Out):
    phone_masked: str = Field(examples=["+380 67 *** ** 88"])
    code: LongCodeOut
    delivery: DeliveryOut

    @classmethod
    def of(cls, sent: tuple[CodeChallenge, Message], *, advice: str) -> "PhoneCodeOut":
        challenge, message = sent
        return cls.model_validate(
            {
                "phone_masked": mask_phone(challenge.phone),
                "code": challenge,
                "delivery": {
                    "status": message.status,
                    "updated_at": message.updated_at,
                    "advice": advice,
                },
            }
        )


class PhoneChangeOut(Out):
    id: UUID
    old_phone: PhoneCodeOut
    new_phone: PhoneCodeOut

    @classmethod
    def of(cls, progress: PhoneChangeProgress, *, advice: str) -> "PhoneChangeOut":
        return cls(
            id=progress.change.id,
            old_phone=PhoneCodeOut.of(progress.old, advice=advice),
            new_phone=PhoneCodeOut.of(progress.new, advice=advice),
        )


class PhoneChangeConfirmationIn(In):
    old_phone_code: LongCode
    new_phone_code: LongCode
