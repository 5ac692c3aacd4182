from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select, update

from app.models.base import new_id
from app.models.customers.account import Account
from app.models.customers.account_link import AccountLink
from app.models.customers.organization import Organization
from app.models.identity.member import Member
from app.models.identity.sign_up import SignUp
from app.models.messages.code_challenge import CodeChallenge, Purpose
from app.models.messages.message import Message
from app.repositories.base import Repository


@dataclass(frozen=True, slots=True)
class CompanyOnFile:
    """What the register and the cabinet know of a pair of account number and tax id."""

    organization: Organization
    account_id: UUID
    phone_is_used: bool
    """By a member of another company; of this one's members the company itself decides."""

    def sign_up(self, phone: str, *, password_hash: str, locale: str, now: datetime) -> SignUp:
        return SignUp(
            id=new_id(),
            organization_id=self.organization.id,
            account_id=self.account_id,
            phone=phone,
            password_hash=password_hash,
            locale=locale,
            created_at=now,
        )


_PHONE_USED: Final = (
    select(Member.id)
    .where(
        Member.phone == bindparam("phone"),
        Member.removed_at.is_(None),
        Member.organization_id != Organization.id,
    )
    .correlate(Organization)
    .exists()
)
_ON_FILE: Final = (
    select(Organization, Account.id, _PHONE_USED)
    .join(Account, Account.organization_id == Organization.id)
    .where(
        Account.account_number == bindparam("account_number"),
        Organization.tax_id == bindparam("tax_id"),
    )
)


class SignUpRepository(Repository):
    async def company_on_file(
        self, *, account_number: str, tax_id: str, phone: str
    ) -> CompanyOnFile | None:
        """Return what is known of the pair; None when the register has no such pair."""
        row = (
            await self._session.execute(
                _ON_FILE, {"account_number": account_number, "tax_id": tax_id, "phone": phone}
            )
        ).one_or_none()
        return None if row is None else CompanyOnFile(*row)

    def add(self, sign_up: SignUp) -> None:
        self._session.add(sign_up)

    async def get(self, sign_up_id: UUID) -> tuple[SignUp, CodeChallenge, Message] | None:
        """Return a sign-up with its code and the newest message that carries it."""
        row = (
            await self._session.execute(
                select(SignUp, CodeChallenge, Message)
                .join(CodeChallenge, CodeChallenge.subject_id == SignUp.id)
                .join(Message, Message.challenge_id == CodeChallenge.id)
                .where(SignUp.id == sign_up_id, CodeChallenge.purpose == Purpose.SIGN_UP)
                .order_by(Message.created_at.desc(), Message.id.desc())
                .limit(1)
            )
        ).one_or_none()
        return None if row is None else (row[0], row[1], row[2])

    async def phone_on_file(self, organization_id: UUID) -> str | None:
        return await self._session.scalar(
            select(Organization.phone_on_file).where(Organization.id == organization_id)
        )

    async def add_owner(self, member: Member) -> bool:
        """Add the organization's owner; False when the phone belongs to somebody already."""
        return await self._insert(member)

    async def mark_confirmed(self, sign_up_id: UUID, *, now: datetime) -> None:
        await self._session.execute(
            update(SignUp)
            .where(SignUp.id == sign_up_id)
            # The member has the password from now on.
            .values(confirmed_at=now, password_hash=None)
        )

    def link_account(self, sign_up: SignUp, *, now: datetime) -> None:
        self._session.add(
            AccountLink(
                organization_id=sign_up.organization_id,
                account_organization_id=sign_up.organization_id,
                account_id=sign_up.account_id,
                linked_at=now,
            )
        )
