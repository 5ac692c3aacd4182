from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Flaw, Invalid
from app.identifiers import AccountNumbers
from app.models.base import Base, new_id


class AccountNumberInvalid(Invalid):
    """Not of the operator's form."""

    code = "account_number_invalid"


class Account(Base):
    """A personal account: the operator's contract with an organization about some premises."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("account_number"),)

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id"), primary_key=True, sort_order=-2
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)
    account_number: Mapped[str]
    address: Mapped[str]
    contract_number: Mapped[str | None]
    contract_date: Mapped[date | None]
    window_group: Mapped[str] = mapped_column(default="usual", server_default="usual")
    """Whose windows its readings are taken in, see `WindowBook`."""


def require_account_number(text: str, account_numbers: AccountNumbers) -> str:
    """Return the account number that a client has sent.

    :raises AccountNumberInvalid: pointing to the member `account_number` of the body.
    """
    number = account_numbers.find(text)
    if number is None:
        raise AccountNumberInvalid(flaws=[Flaw("/account_number", AccountNumberInvalid.code)])
    return number
