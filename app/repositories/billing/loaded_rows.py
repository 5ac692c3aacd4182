"""Rows that an operator's file brings, and a later file corrects."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import inspect, or_
from sqlalchemy.dialects.postgresql import insert

from app.models.base import Base
from app.repositories.base import Repository

AT_ONCE: Final = 1000
"""Rows of one statement."""
Rows = Sequence[dict[str, Any]]


class LoadedRows(Repository):
    async def keep(self, model: type[Base], rows: Rows, *, returning: str) -> list[Any]:
        """Insert rows, or correct those that differ; return a column of what is new or differs."""
        columns = inspect(model).columns
        keys = [str(each.key) for each in inspect(model).primary_key]
        others = [each.key for each in columns if each.key not in keys]
        changed: list[Any] = []
        for start in range(0, len(rows), AT_ONCE):
            added = insert(model).values(rows[start : start + AT_ONCE])
            differs = (columns[name].is_distinct_from(added.excluded[name]) for name in others)
            found = await self._session.execute(
                added.on_conflict_do_update(
                    index_elements=keys,
                    set_={name: added.excluded[name] for name in others},
                    where=or_(*differs),
                ).returning(columns[returning])
            )
            changed += found.scalars()
        return changed
