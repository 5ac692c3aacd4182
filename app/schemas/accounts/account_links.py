from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.access import LinkScope
from app.identifiers import mask_phone
from app.schemas.accounts.accounts import AccountOut
from app.schemas.base import In, Moment, Out
from app.schemas.codes import Code
from app.schemas.customers.organizations import OrganizationOut
from app.schemas.identity.sign_ups import AccountNumber, CodeOut, TaxId
from app.services.accounts.outcomes import LinkedAccount, LinkProgress


class AccountLinkIn(In):
    account_number: AccountNumber
    tax_id: TaxId | None = Field(
        default=None, description="Whose account it is; needed for another company's"
    )
    scope: LinkScope = Field(
        default=LinkScope.VIEW,
        description="What to ask another company for: `view` shows accounts, readings and "
        "consumption, `readings` also submits, `bills` also shows bills and pays, `all` is all of "
        "it. Of one's own account everything is allowed.",
    )


class AccountLinkConfirmationIn(In):
    code: Code


class Direction(StrEnum):
    """Who sees the account: the caller's company, or another one with its consent."""

    SEEN_BY_US = "seen_by_us"
    SEEN_BY_OTHERS = "seen_by_others"


class AccountLinkOut(Out):
    """An account in a cabinet."""

    id: UUID
    status: Literal["active"]
    account: AccountOut
    holder: OrganizationOut = Field(
        description="Whose cabinet shows it: the caller's company, or one that the caller's "
        "company gave its consent to"
    )
    direction: Direction
    scope: LinkScope = Field(description="What the link permits; of an own account `all`")
    linked_at: Moment

    @classmethod
    def of(cls, linked: LinkedAccount) -> "AccountLinkOut":
        link = linked.link
        return cls.built(
            id=link.id,
            status="active",
            account=AccountOut.of(linked.shown),
            holder=OrganizationOut.built(tax_id=link.holder_tax_id, name=link.holder_name),
            direction=Direction.SEEN_BY_US if linked.is_seen_by_us else Direction.SEEN_BY_OTHERS,
            scope=link.scope,
            linked_at=link.linked_at,
        )


class PendingAccountLinkOut(Out):
    """An account of another company, waiting for that company's consent."""

    id: UUID
    status: Literal["awaiting_code"]
    phone_masked: str = Field(
        description="The phone of that company's owner, which has the code",
        examples=["+380 67 *** ** 88"],
    )
    scope: LinkScope = Field(description="What the other company is asked for")
    code: CodeOut

    @classmethod
    def of(cls, progress: LinkProgress) -> "PendingAccountLinkOut":
        return cls.model_validate(
            {
                "id": progress.request.id,
                "status": "awaiting_code",
                "phone_masked": mask_phone(progress.challenge.phone),
                "scope": progress.request.asks_for,
                "code": progress.challenge,
            }
        )
