from datetime import UTC, datetime

import pytest

from app.database import Database
from app.identifiers import AccountNumbers
from app.services.registry.load import RegistryService
from tests.fakes.clock import FrozenClock

SECOND_OF_DECEMBER = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
"""The window of November is open, and values of 1 December are no longer of the future."""


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(SECOND_OF_DECEMBER)


@pytest.fixture
def registry(database: Database, clock: FrozenClock) -> RegistryService:
    return RegistryService(
        database=database, clock=clock, account_numbers=AccountNumbers(r"\d{4,12}")
    )
