from typing import Literal
from uuid import UUID

from pydantic import Field

from app.identifiers import mask_phone
from app.schemas.base import In, Out
from app.schemas.members import AccountIds, GivenRole, LastDay
from app.schemas.profiles import PersonName
from app.schemas.sign_ups import Code, CodeOut, DeliveryOut, Password, Phone
from app.services.invitations import InvitationProgress, Invitee


class InvitationIn(In):
    phone: Phone
    full_name: PersonName
    role: GivenRole
    account_ids: AccountIds | None = None
    expires_on: LastDay | None = None

    def invitee(self) -> Invitee:
        return Invitee(
            phone=self.phone,
            full_name=self.full_name,
            role=self.role,
            account_ids=self.account_ids,
            expires_on=self.expires_on,
        )


class InvitationOut(Out):
    id: UUID
    status: Literal["code_sent", "accepted", "expired", "closed"]
    phone_masked: str = Field(examples=["+380 67 *** ** 88"])
    code: CodeOut
    delivery: DeliveryOut

    @classmethod
    def of(cls, progress: InvitationProgress, *, advice: str | None) -> "InvitationOut":
        message = progress.message
        return cls.model_validate(
            {
                "id": progress.invitation.id,
                "status": progress.status,
                "phone_masked": mask_phone(progress.invitation.phone),
                "code": progress.challenge,
                "delivery": {
                    "status": message.status,
                    "updated_at": message.updated_at,
                    "advice": advice,
                },
            }
        )


class AcceptanceIn(In):
    code: Code
    password: Password
