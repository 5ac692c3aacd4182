import datetime as dt
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from app.models.identity.invitation import InvitationProgress, Invitee
from app.schemas.base import In, Moment, Out
from app.schemas.codes import Code
from app.schemas.identity.members import AccountIds, GivenRole, LastDay
from app.schemas.identity.profiles import PersonName
from app.schemas.identity.sign_ups import CodeOut, DeliveryOut, Password, Phone, code_progress


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
    status: Literal["code_sent", "accepted", "expired", "closed", "withdrawn"]
    phone_masked: str = Field(examples=["+380 67 *** ** 88"])
    code: CodeOut
    delivery: DeliveryOut

    @classmethod
    def of(cls, progress: InvitationProgress, *, advice: str) -> Self:
        return cls.model_validate(code_progress(progress, advice))


class CabinetInvitationOut(InvitationOut):
    """An invitation as the owner sees it."""

    full_name: str
    role: GivenRole
    account_ids: list[UUID] | None = Field(description="The only accounts offered; null: all")
    expires_on: dt.date | None = Field(description="The last day of the membership, in Kyiv")
    created_at: Moment

    @classmethod
    def of_offer(cls, progress: InvitationProgress, *, advice: str) -> Self:
        offer = progress.subject
        return cls.model_validate(
            code_progress(progress, advice)
            | {
                "full_name": offer.full_name,
                "role": offer.role,
                "account_ids": offer.account_ids,
                "expires_on": offer.expires_on,
                "created_at": offer.created_at,
            }
        )


class AcceptanceIn(In):
    code: Code
    password: Password
