from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.adapters.register_export import ExportRefused
from app.database import Database
from app.identifiers import AccountNumbers
from app.services.registry.load import RegistryService, Summary
from tests.fakes.clock import FrozenClock
from tests.registry.exports import Export

Load = Callable[..., Awaitable[Summary]]
Refusal = Callable[..., Awaitable[list[str]]]
Rows = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def registry(database: Database) -> RegistryService:
    return RegistryService(
        database=database, clock=FrozenClock(), account_numbers=AccountNumbers(r"\d{4,12}")
    )


@pytest.fixture
def load(registry: RegistryService, tmp_path: Path) -> Load:
    async def load_export(export: Export, *, skip_bad: bool = False) -> Summary:
        directory = export.write(tmp_path)
        return await registry.load(directory, skip_bad=skip_bad, progress=ignore)

    return load_export


@pytest.fixture
def refusal(load: Load) -> Refusal:
    """The problems for which an export is refused, as the operator reads them."""

    async def refuse_export(export: Export) -> list[str]:
        with pytest.raises(ExportRefused) as refused:
            await load(export)
        return [str(problem) for problem in refused.value.problems]

    return refuse_export


@pytest.fixture
def rows(database: Database) -> Rows:
    async def select(statement: str, **values: str) -> list[dict[str, Any]]:
        async with database.begin() as transaction:
            found = await transaction.execute(text(statement), values)
            return [dict(row) for row in found.mappings()]

    return select


def ignore(_step: str, _done: int, _total: int) -> None:
    """Nobody watches a test's progress."""
