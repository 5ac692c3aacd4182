from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.clock import Clock, kyiv_date
from app.database import Database
from app.models.orders.catalogue import require_catalogue
from app.models.orders.service import ServiceNotFound, ServiceVersion
from app.origin import OperatorAct
from app.repositories.orders.services import ServiceRepository


@dataclass(frozen=True, slots=True)
class LoadedCatalogue:
    """What a load has changed, by code."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    examples: tuple[str, ...]
    """Services whose price is an example of the default catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueService:
    """Shows what can be ordered, and loads what the operator has changed."""

    database: Database
    clock: Clock

    async def list_offered(self) -> Sequence[ServiceVersion]:
        """Return what can be ordered today, without what only the staff opens."""
        async with self.database.begin() as transaction:
            found = await ServiceRepository(transaction).list_offered(self._today())
        return [each for each in found if not each.definition["is_made_by_staff"]]

    async def get(self, code: str) -> ServiceVersion:
        """Return the entry of today.

        :raises ServiceNotFound: no such code.
        :raises ServiceClosed: not offered today.
        """
        today = self._today()
        async with self.database.begin() as transaction:
            found = await ServiceRepository(transaction).find(code, today=today)
        if found is None:
            raise ServiceNotFound
        found.require_offered(today)
        return found

    async def load(self, catalogue: Any, act: OperatorAct) -> LoadedCatalogue:
        """Add a version of every entry that differs from its newest one; the same twice is once.

        A service that the file does not name stays as it is; one ends by its `valid_to`. Orders
        keep the version that they were placed by.

        :raises CatalogueRefused: nothing is loaded.
        """
        require_catalogue(catalogue)
        done: dict[str, list[str]] = {"added": [], "changed": [], "same": []}
        async with self.database.begin() as transaction:
            services = ServiceRepository(transaction)
            await services.lock()
            latest = await services.latest()
            for position, entry in enumerate(catalogue["services"]):
                known = latest.get(entry["code"])
                done[_difference(known, entry, position)].append(entry["code"])
                if known is None or _difference(known, entry, position) == "changed":
                    await services.add(self._version(entry, position, known, act))
        return LoadedCatalogue(
            added=tuple(done["added"]),
            changed=tuple(done["changed"]),
            same=tuple(done["same"]),
            examples=tuple(
                entry["code"]
                for entry in catalogue["services"]
                if entry["fee"].get("is_example", False)
            ),
        )

    def _version(
        self, entry: dict[str, Any], position: int, known: ServiceVersion | None, act: OperatorAct
    ) -> ServiceVersion:
        valid_to = entry["valid_to"]
        return ServiceVersion(
            code=entry["code"],
            version=known.version + 1 if known else 1,
            position=position,
            valid_from=date.fromisoformat(entry["valid_from"]),
            valid_to=date.fromisoformat(valid_to) if valid_to else None,
            definition=entry,
            operator=act.operator,
            reason=act.reason,
            loaded_at=self.clock.now(),
        )

    def _today(self) -> date:
        return kyiv_date(self.clock.now())


def _difference(known: ServiceVersion | None, entry: dict[str, Any], position: int) -> str:
    if known is None:
        return "added"
    is_same = known.definition == entry and known.position == position
    return "same" if is_same else "changed"
