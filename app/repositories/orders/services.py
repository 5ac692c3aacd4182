from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on

from app.models.orders.service import ServiceVersion
from app.repositories.base import Repository

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('service_versions'))")
"""One load at a time."""


class ServiceRepository(Repository):
    async def lock(self) -> None:
        await self._session.execute(LOCK)

    async def latest(self) -> dict[str, ServiceVersion]:
        """Return the newest version of every service, whenever it holds."""
        found = await self._session.scalars(
            select(ServiceVersion)
            .ext(distinct_on(ServiceVersion.code))
            .order_by(ServiceVersion.code, ServiceVersion.version.desc())
        )
        return {each.code: each for each in found}

    async def list_offered(self, today: date) -> Sequence[ServiceVersion]:
        """Return what can be ordered on a day, in the order of the operator's file."""
        holding = (
            select(ServiceVersion)
            .where(ServiceVersion.valid_from <= today)
            .ext(distinct_on(ServiceVersion.code))
            .order_by(ServiceVersion.code, ServiceVersion.version.desc())
        )
        found = await self._session.scalars(holding)
        offered = (each for each in found if each.valid_to is None or today < each.valid_to)
        return sorted(offered, key=lambda each: (each.position, each.code))

    async def find(self, code: str, *, today: date) -> ServiceVersion | None:
        """Return the version of a day; one that begins later only if there is no other."""
        has_begun = (ServiceVersion.valid_from <= today).desc()
        return await self._session.scalar(
            select(ServiceVersion)
            .where(ServiceVersion.code == code)
            .order_by(has_begun, ServiceVersion.version.desc())
            .limit(1)
        )

    async def get(self, code: str, version: int) -> ServiceVersion:
        """Return the version that an order was placed by."""
        return await self._session.get_one(ServiceVersion, (code, version))

    async def add(self, row: ServiceVersion) -> None:
        self._session.add(row)
