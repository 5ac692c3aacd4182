"""The catalogue, as a test needs it."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

from app.adapters.service_catalogue import read_catalogue
from app.database import Database
from app.origin import OperatorAct
from app.services.orders.catalogue import CatalogueService, LoadedCatalogue
from tests.fakes.clock import FrozenClock

ACT: Final = OperatorAct("o.kravets", "price list of 2026")
LOADED_AT: Final = datetime(2026, 1, 10, 8, 0, tzinfo=UTC)
DEFAULT: Final = read_catalogue()


def changed(code: str, **changes: Any) -> dict[str, Any]:
    """Return the default catalogue with one entry changed."""
    catalogue: dict[str, Any] = deepcopy(DEFAULT)
    entry(catalogue, code).update(changes)
    return catalogue


def entry(catalogue: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in catalogue["services"] if each["code"] == code)
    return found


async def load(database: Database, catalogue: Any = DEFAULT) -> LoadedCatalogue:
    service = CatalogueService(database=database, clock=FrozenClock(LOADED_AT))
    return await service.load(catalogue, ACT)
