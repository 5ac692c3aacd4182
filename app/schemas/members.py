from typing import Literal
from uuid import UUID

from pydantic import Field

from app.identifiers import mask_phone
from app.schemas.base import Out
from app.services.members import Me

RoleName = Literal["owner", "manager", "metering", "accountant", "viewer"]


class MemberOut(Out):
    id: UUID
    full_name: str | None
    phone_masked: str = Field(examples=["+380 67 *** ** 88"])
    role: RoleName
    locale: Literal["uk", "en", "ru"]


class OrganizationOut(Out):
    tax_id: str = Field(description="EDRPOU or RNOKPP", examples=["34067885"])
    name: str


class CountsOut(Out):
    linked_accounts: int
    available_accounts: int = Field(description="The company's accounts that could be linked")
    meters: int = Field(description="Meters in service on the linked accounts")


class WayOutOut(Out):
    """How to prove that the company is yours."""

    code: Literal["activation_code", "operator_approval"]
    detail: str


class MeOut(Out):
    member: MemberOut
    organization: OrganizationOut
    ownership: Literal["proven", "pending"]
    ownership_ways: list[WayOutOut] = Field(description="Empty once ownership is proven")
    counts: CountsOut

    @classmethod
    def of(cls, me: Me, *, ways: list[WayOutOut]) -> "MeOut":
        profile = me.profile
        # Built from a row of our own database: validating it again would prove nothing.
        return cls.built(
            member=MemberOut.built(
                id=profile.member_id,
                full_name=profile.full_name,
                phone_masked=mask_phone(profile.phone),
                role=profile.role,
                locale=profile.locale,
            ),
            organization=OrganizationOut.built(
                tax_id=profile.tax_id, name=profile.organization_name
            ),
            ownership="proven" if me.is_proven else "pending",
            ownership_ways=ways,
            counts=CountsOut.built(
                linked_accounts=profile.linked_accounts,
                available_accounts=profile.available_accounts,
                meters=profile.meters,
            ),
        )
