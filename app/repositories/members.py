from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from app.access import Caller, Credentials
from app.repositories.base import View
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    LINKED,
    caller_binds,
    caller_of,
    caller_values,
)
from app.repositories.direct import DirectStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A member as they see themselves."""

    member_id: UUID
    full_name: str | None
    phone: str
    role: str
    locale: str
    tax_id: str
    organization_name: str
    linked_accounts: int
    available_accounts: int
    meters: int


PROFILE: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINKED}
SELECT {CALLER_COLUMNS}, m.full_name, m.phone, m.role, m.locale, o.tax_id,
       o.name AS organization_name, counted.accounts AS linked_accounts, counted.meters,
       (SELECT count(*) FROM accounts a WHERE a.organization_id = o.id
           AND caller.account_ids IS NULL
           AND NOT EXISTS (SELECT FROM account_links l WHERE l.organization_id = o.id
                              AND l.account_id = a.id AND l.ended_at IS NULL)
       ) AS available_accounts
  FROM caller
  JOIN members m ON m.organization_id = caller.organization_id AND m.id = caller.member_id
  JOIN organizations o ON o.id = caller.organization_id
 CROSS JOIN LATERAL (
    SELECT count(DISTINCT l.account_id) AS accounts, count(d.id) AS meters
      FROM linked l
      LEFT JOIN metering_points p ON p.organization_id = l.account_organization_id
       AND p.account_id = l.account_id
      LEFT JOIN meters d ON d.organization_id = p.organization_id
       AND d.metering_point_id = p.id AND d.removed_on IS NULL
  ) counted
""").bindparams(*caller_binds())  # noqa: S608 - made of constants, values are bound
)


class MemberView(View):
    async def profile(
        self, credentials: Credentials, *, now: datetime
    ) -> tuple[Caller | None, Profile | None]:
        """Return the caller and what they are shown of themselves."""
        rows = await PROFILE.fetch(self._connection, caller_values(credentials, now))
        if not rows:
            return None, None
        row = rows[0]
        profile = Profile(
            member_id=row.caller_member_id,
            full_name=row.full_name,
            phone=row.phone,
            role=row.role,
            locale=row.locale,
            tax_id=row.tax_id,
            organization_name=row.organization_name,
            linked_accounts=row.linked_accounts,
            available_accounts=row.available_accounts,
            meters=row.meters,
        )
        return caller_of(row), profile
