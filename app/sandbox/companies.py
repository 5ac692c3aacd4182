"""Which companies of the register somebody who tries the sandbox can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from app.repositories.base import Repository


@dataclass(frozen=True, slots=True)
class CompanyToTry:
    """What a sign-up asks for."""

    name: str
    phone: str
    account_number: str
    tax_id: str


@dataclass(frozen=True, slots=True)
class CompanyOnShow:
    name: str
    tax_id: str
    phone: str | None
    """The phone that the operator has on file."""
    account_numbers: tuple[str, ...]
    is_registered: bool


HAS_ANY: Final = text("SELECT EXISTS (SELECT FROM organizations)")

# Only the first hundred are compared: the register may be an operator's whole one.
TO_TRY: Final = text("""
WITH candidates AS (
  SELECT o.id, o.name, o.phone_on_file, o.tax_id FROM organizations o
   WHERE o.phone_on_file IS NOT NULL AND o.registered_at IS NULL
     AND NOT EXISTS (SELECT FROM members m
                      WHERE m.phone = o.phone_on_file AND m.removed_at IS NULL)
   ORDER BY o.id LIMIT 100
), rich_accounts AS (
  SELECT a.organization_id, a.account_number, count(DISTINCT r.zone) AS zones,
         count(*) OVER (PARTITION BY a.organization_id) AS accounts
    FROM candidates c
    JOIN accounts a ON a.organization_id = c.id
    JOIN metering_points p ON p.organization_id = a.organization_id AND p.account_id = a.id
    JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
                 AND m.removed_on IS NULL AND NOT m.is_remote
    JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id
   GROUP BY a.organization_id, a.account_number
), best AS (
  SELECT DISTINCT ON (organization_id) * FROM rich_accounts
   ORDER BY organization_id, zones DESC, account_number
)
SELECT c.name, c.phone_on_file AS phone, b.account_number, c.tax_id
  FROM candidates c JOIN best b ON b.organization_id = c.id
 ORDER BY b.accounts DESC, b.zones DESC, c.id LIMIT :limit
""")

ON_SHOW: Final = text("""
SELECT o.name, o.tax_id, o.phone_on_file, o.registered_at IS NOT NULL AS is_registered,
       ARRAY(SELECT a.account_number FROM accounts a WHERE a.organization_id = o.id
              ORDER BY a.account_number) AS account_numbers
  FROM (SELECT * FROM organizations ORDER BY id LIMIT :limit) o
 ORDER BY o.id
""")


class SandboxCompaniesRepository(Repository):
    async def has_any(self) -> bool:
        return bool((await self._session.execute(HAS_ANY)).scalar_one())

    async def list_to_try(self, limit: int) -> Sequence[CompanyToTry]:
        """Return unregistered companies with a phone on file and meters that one may type."""
        rows = await self._session.execute(TO_TRY, {"limit": limit})
        return [CompanyToTry(row.name, row.phone, row.account_number, row.tax_id) for row in rows]

    async def list_on_show(self, limit: int) -> Sequence[CompanyOnShow]:
        rows = await self._session.execute(ON_SHOW, {"limit": limit})
        return [
            CompanyOnShow(
                name=row.name,
                tax_id=row.tax_id,
                phone=row.phone_on_file,
                account_numbers=tuple(row.account_numbers),
                is_registered=row.is_registered,
            )
            for row in rows
        ]
