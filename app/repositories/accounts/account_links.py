from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.access import Caller, Credentials, LinkScope, Role
from app.models.accounts.account_link_request import AccountLinkRequest
from app.models.accounts.shown_account import AccountSummary
from app.models.customers.account import Account
from app.models.customers.account_link import AccountLink
from app.models.customers.organization import Organization
from app.models.identity.member import Member
from app.models.metering.window_book import WindowMark
from app.repositories.base import Repository
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    CallerView,
    caller_binds,
)
from app.repositories.direct import DirectStatement
from app.repositories.metering.reading_windows import WINDOWS_VERSION


@dataclass(frozen=True, slots=True)
class Linkable:
    """An account that a company asks to see in its cabinet."""

    organization_id: UUID
    account_id: UUID
    tax_id: str

    def is_named_by(self, organization_id: UUID, tax_id: str | None) -> bool:
        """Tell whether a company may speak of it: it is theirs, or they know whose it is."""
        if tax_id is None:
            return self.organization_id == organization_id
        return self.tax_id == tax_id


@dataclass(frozen=True, slots=True)
class LinkSummary:
    """A link as either side sees it: which account, and in whose cabinet."""

    id: UUID
    linked_at: datetime
    holder_id: UUID
    holder_tax_id: str
    holder_name: str
    scope: LinkScope
    account: AccountSummary


_LINKABLE: Final = (
    select(Account.organization_id, Account.id, Organization.tax_id)
    .join(Organization, Organization.id == Account.organization_id)
    .where(Account.account_number == bindparam("account_number"))
)

_SCOPE: Final = func.coalesce(AccountLink.scope, LinkScope.VIEW.value)

_LINK: Final = f"""
    SELECT l.id AS link_id, l.linked_at, l.organization_id AS holder_id,
           CASE WHEN l.organization_id = l.account_organization_id THEN 'all'
                ELSE coalesce(l.scope, 'view') END
             AS scope, h.tax_id AS holder_tax_id, h.name AS holder_name,
           a.id, a.account_number, o.tax_id, o.name AS organization_name, a.address,
           a.contract_number, a.contract_date, a.window_group,
           {WINDOWS_VERSION} AS windows_version,
           (SELECT count(*) FROM metering_points p
              JOIN meters m ON m.organization_id = p.organization_id
               AND m.metering_point_id = p.id AND m.removed_on IS NULL
             WHERE p.organization_id = a.organization_id AND p.account_id = a.id
               AND p.valid_to IS NULL
           ) AS meters_count
      FROM account_links l
      JOIN organizations h ON h.id = l.organization_id
      JOIN accounts a ON a.organization_id = l.account_organization_id AND a.id = l.account_id
      JOIN organizations o ON o.id = a.organization_id"""  # noqa: S608 - made of constants
_ONE: Final = text(
    f"{_LINK} WHERE l.organization_id = :organization_id AND l.id = :link_id"
).bindparams(bindparam("organization_id", type_=Uuid), bindparam("link_id", type_=Uuid))
_LIST: Final = DirectStatement(
    text(f"""
WITH {CALLER}
SELECT {CALLER_COLUMNS}, found.*
  FROM caller LEFT JOIN LATERAL ({_LINK}
     WHERE (l.organization_id = caller.organization_id
            OR l.account_organization_id = caller.organization_id)
       AND l.ended_at IS NULL AND l.id > :after
       AND (caller.account_ids IS NULL OR l.account_id = ANY(caller.account_ids))
     ORDER BY l.id LIMIT :limit
  ) found ON true
 ORDER BY found.link_id
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(), bindparam("after", type_=Uuid), bindparam("limit", type_=Integer)
    )
)


class AccountLinkRepository(Repository):
    async def find_account(self, account_number: str) -> Linkable | None:
        """Return the account with this number, whosever it is."""
        row = (
            await self._session.execute(_LINKABLE, {"account_number": account_number})
        ).one_or_none()
        return None if row is None else Linkable(*row)

    async def hold_consenting_to(
        self, request: AccountLinkRequest | None, *, now: datetime
    ) -> Member | None:
        """Return the owner of a company that is proven to be theirs, who may consent.

        Until the transaction ends no hold and no freeze begins for them. Called before the caller
        is held, see `CALLER_HELD_LAST`.
        """
        if request is None:
            return None
        return await self._session.scalar(
            select(Member)
            .join(Organization, Organization.id == Member.organization_id)
            .where(
                Member.organization_id == request.account_organization_id,
                Member.role == Role.OWNER,
                Member.removed_at.is_(None),
                Organization.ownership_proven_at <= now,
            )
            .with_for_update(read=True, of=Member)
            .execution_options(populate_existing=True)
        )

    async def has_scope(self, request: AccountLinkRequest) -> bool:
        """Tell whether the cabinet that asks shows the account with this very scope already."""
        found = await self._session.scalar(
            select(AccountLink.id).where(
                AccountLink.organization_id == request.organization_id,
                AccountLink.account_id == request.account_id,
                AccountLink.ended_at.is_(None),
                _SCOPE.is_not_distinct_from(request.asks_for.value),
            )
        )
        return found is not None

    async def add(self, link: AccountLink) -> bool:
        """Link an account; False when the cabinet shows it already."""
        return await self._insert(link)

    async def grant(self, link: AccountLink) -> UUID | None:
        """Link another company's account, or give its link another scope, and return the link.

        None when the cabinet shows it with this scope already.
        """
        return await self._session.scalar(
            insert(AccountLink)
            .values(
                organization_id=link.organization_id,
                id=link.id,
                account_organization_id=link.account_organization_id,
                account_id=link.account_id,
                linked_at=link.linked_at,
                scope=link.scope,
            )
            .on_conflict_do_update(
                index_elements=[AccountLink.organization_id, AccountLink.account_id],
                index_where=AccountLink.ended_at.is_(None),
                set_={"scope": link.scope},
                where=_SCOPE.is_distinct_from(link.permits.value),
            )
            .returning(AccountLink.id)
        )

    async def get_one(self, link_id: UUID, *, organization_id: UUID) -> LinkSummary:
        values = {"organization_id": organization_id, "link_id": link_id}
        return _summary((await self._session.execute(_ONE, values)).one())

    async def lock_all(self, organization_id: UUID) -> Sequence[AccountLink]:
        """Return a cabinet's links; nobody else ends one of them meanwhile."""
        found = await self._session.scalars(
            select(AccountLink)
            .where(AccountLink.organization_id == organization_id, AccountLink.ended_at.is_(None))
            .order_by(AccountLink.id)
            .with_for_update(key_share=True)
        )
        return found.all()

    async def holder_of(self, link_id: UUID, *, seen_by: UUID) -> UUID | None:
        """Return whose cabinet a link belongs to, if it is theirs or about their account."""
        return await self._session.scalar(
            select(AccountLink.organization_id).where(
                AccountLink.id == link_id,
                AccountLink.ended_at.is_(None),
                or_(
                    AccountLink.organization_id == seen_by,
                    AccountLink.account_organization_id == seen_by,
                ),
            )
        )

    def ask(self, request: AccountLinkRequest) -> None:
        self._session.add(request)

    async def get_request(
        self, request_id: UUID, *, organization_id: UUID
    ) -> AccountLinkRequest | None:
        return await self._session.scalar(
            select(AccountLinkRequest).where(
                AccountLinkRequest.id == request_id,
                AccountLinkRequest.organization_id == organization_id,
            )
        )

    async def facts_of(self, request: AccountLinkRequest) -> dict[str, Any]:
        """Return what the account's company must know before it consents: who asks, for what."""
        row = (
            await self._session.execute(
                select(Organization.tax_id, Account.account_number)
                .select_from(Account)
                .join(Organization, Organization.id == request.organization_id)
                .where(
                    Account.organization_id == request.account_organization_id,
                    Account.id == request.account_id,
                )
            )
        ).one()
        return {
            "tax_id": row.tax_id,
            "account_number": row.account_number,
            "scope": request.asks_for.value,
        }

    async def mark_confirmed(self, request_id: UUID, *, now: datetime) -> None:
        await self._session.execute(
            update(AccountLinkRequest)
            .where(AccountLinkRequest.id == request_id)
            .values(confirmed_at=now)
        )


class AccountLinkView(CallerView):
    async def list_by_id(
        self, *, after: UUID, limit: int, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, list[LinkSummary]]:
        """Return the cabinet's links and those of others to the company's accounts, oldest first.

        A member who is limited to some accounts sees the links to those.
        """
        caller, rows = await self._ask(_LIST, credentials, now=now, after=after, limit=limit)
        return caller, [_summary(row) for row in rows if row.link_id is not None]


def _summary(row: Any) -> LinkSummary:
    account = AccountSummary(
        id=row.id,
        account_number=row.account_number,
        tax_id=row.tax_id,
        organization_name=row.organization_name,
        address=row.address,
        contract_number=row.contract_number,
        contract_date=row.contract_date,
        windows=WindowMark(row.window_group, row.windows_version),
        is_linked=True,
        meters_count=row.meters_count,
    )
    return LinkSummary(
        id=row.link_id,
        linked_at=row.linked_at,
        holder_id=row.holder_id,
        holder_tax_id=row.holder_tax_id,
        holder_name=row.holder_name,
        scope=LinkScope(row.scope),
        account=account,
    )
