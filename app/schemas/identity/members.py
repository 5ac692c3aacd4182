import datetime as dt
from typing import Annotated, Literal, cast
from uuid import UUID

from pydantic import Field

from app.identifiers import mask_phone
from app.models.customers.organization import Ownership
from app.models.identity.member import MemberChanges
from app.models.identity.reset_cleanup import EndedAtReset
from app.schemas.base import Day, In, Moment, Out
from app.schemas.customers.organizations import OrganizationOut
from app.services.identity.members import Me, ShownMember

RoleName = Literal["owner", "manager", "metering", "accountant", "viewer"]
GivenRole = Literal["manager", "metering", "accountant", "viewer"]
AccountIds = Annotated[
    list[UUID],
    Field(
        min_length=1, max_length=1000, description="The only accounts the member sees; null: all"
    ),
]
LastDay = Annotated[
    Day, Field(description="The last day in Kyiv on which the member may do anything")
]


class MemberOut(Out):
    id: UUID
    full_name: str | None
    phone_masked: str = Field(examples=["+380 67 *** ** 88"])
    role: RoleName
    locale: Literal["uk", "en", "ru"]


class CountsOut(Out):
    """What the cabinet holds."""

    linked_accounts: int
    available_accounts: int = Field(description="The company's accounts that could be linked")
    meters: int = Field(description="Meters in service on the linked accounts")


class WayOutOut(Out):
    """How to prove that the company is yours."""

    code: Literal["activation_code", "operator_approval"]
    detail: str


class EndedOut(Out):
    """Something that was made for the owner's cabinet while its owner was on hold."""

    kind: Literal["account_link", "member", "invitation"] = Field(
        description="A link was ended, a member was frozen, an invitation was taken back"
    )
    id: UUID
    label: str = Field(
        description="The other company's tax id, or the person's masked phone",
        examples=["34067885"],
    )


class EndedAtResetOut(Out):
    """What your last password reset by SMS ended. Look at each, and undo what you want."""

    reset_at: Moment
    items: list[EndedOut]

    @classmethod
    def of(cls, ended: EndedAtReset) -> "EndedAtResetOut":
        items = [
            EndedOut.built(kind=item.kind.value, id=item.id, label=item.label)
            for item in ended.items
        ]
        return cls.built(reset_at=ended.reset_at, items=items)


class MeOut(Out):
    member: MemberOut
    organization: OrganizationOut
    ownership: Literal["proven", "proof_waiting", "pending"]
    ownership_effective_at: Moment | None = Field(
        description="When a proof that waits takes effect; null: none waits"
    )
    ownership_ways: list[WayOutOut] = Field(description="Empty once ownership is proven")
    counts: CountsOut | None = Field(description="null until ownership is proven")
    hold_ends_at: Moment | None = Field(
        description="Until then you may not change who gets in; null: you are not on hold"
    )
    cabinet_frozen_at: Moment | None = Field(
        description="Since when the owner has frozen the cabinet; null: it is not frozen"
    )
    ended_at_reset: EndedAtResetOut | None = Field(
        description="What the last password reset ended, because it was made under an earlier hold"
    )

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
            ownership=me.ownership.value,
            ownership_effective_at=(
                profile.ownership_proven_at if me.ownership is Ownership.PROOF_WAITING else None
            ),
            ownership_ways=ways,
            counts=_counts(me),
            hold_ends_at=me.hold_ends_at,
            cabinet_frozen_at=me.cabinet_frozen_at,
            ended_at_reset=(
                EndedAtResetOut.of(profile.ended_at_reset) if profile.ended_at_reset else None
            ),
        )


def _counts(me: Me) -> CountsOut | None:
    if me.ownership is not Ownership.PROVEN:
        return None
    return CountsOut.built(
        linked_accounts=me.profile.linked_accounts,
        available_accounts=me.profile.available_accounts,
        meters=me.profile.meters,
    )


class CabinetMemberOut(Out):
    """A member as the owner sees them."""

    id: UUID
    full_name: str | None
    phone_masked: str = Field(examples=["+380 67 *** ** 88"])
    role: RoleName
    account_ids: list[UUID] | None = Field(description="The only accounts they see; null: all")
    expires_on: dt.date | None = Field(description="Their last day, in Kyiv")
    status: Literal["active", "frozen", "expired"]
    created_at: Moment
    last_seen_at: Moment | None

    @classmethod
    def of(cls, shown: ShownMember) -> "CabinetMemberOut":
        member = shown.member
        return cls.built(
            id=member.id,
            full_name=member.full_name,
            phone_masked=mask_phone(member.phone),
            role=member.role,
            account_ids=member.account_ids,
            expires_on=member.expires_on,
            status=shown.status.value,
            created_at=member.created_at,
            last_seen_at=shown.last_seen_at,
        )


class MemberChangeIn(In):
    """What is left out stays as it is; `null` lifts a limit."""

    role: GivenRole | None = Field(None, description="null: as it is")
    account_ids: AccountIds | None = None
    expires_on: LastDay | None = None
    is_frozen: bool | None = Field(
        None, description="Keep the member out, or let them in again; null: as it is"
    )

    def changes(self) -> MemberChanges:
        given = self.model_dump(exclude_unset=True)
        stays = {name for name in ("role", "is_frozen") if given.get(name) is None}
        named = {name: value for name, value in given.items() if name not in stays}
        return cast("MemberChanges", named)
