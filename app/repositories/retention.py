"""Rules of retention, and the deletion of old rows; each rule has an index by age."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    DateTime,
    Delete,
    Integer,
    Select,
    TableClause,
    Update,
    and_,
    bindparam,
    delete,
    select,
    update,
)

from app.models.base import Base
from app.models.retention import RetentionTerms
from app.repositories.base import Repository

BEFORE: Final = bindparam("before", type_=DateTime(timezone=True))
LIMIT: Final = bindparam("limit", type_=Integer)

Kept: TypeAlias = Callable[[RetentionTerms], timedelta]


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Names old rows, and says whether they are deleted or cleared."""

    name: str
    """The table, or the table and the column that is cleared; the label of the metric."""
    statement: Delete | Update | Select[tuple[int]]
    """Binds `before` and `limit`. A query calls a function that deletes and counts."""
    kept: Kept


def requests_kept(terms: RetentionTerms) -> timedelta:
    return terms.requests


def messages_kept(terms: RetentionTerms) -> timedelta:
    return terms.messages


def always(kept: timedelta) -> Kept:
    """Return a time that is a rule of the product and nobody's choice."""
    return lambda _: kept


def deletion(
    model: type[Base], age: str, *conditions: ColumnElement[bool], kept: Kept
) -> RetentionRule:
    """Return the rule that rows are deleted once their `age` column is old enough."""
    of = _table(model)
    return RetentionRule(of.name, delete(of).where(oldest(of, _key(of), age, *conditions)), kept)


def erasure(
    model: type[Base],
    age: str,
    *conditions: ColumnElement[bool],
    kept: Kept,
    named_after: str,
    **values: str | None,
) -> RetentionRule:
    """Return the rule that columns are cleared in rows that stay."""
    of = _table(model)
    statement = update(of).where(oldest(of, _key(of), age, *conditions)).values(**values)
    return RetentionRule(f"{of.name}.{named_after}", statement, kept)


def oldest(
    of: TableClause, key: tuple[str, ...], age: str, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition that a row is one of the oldest, and in nobody else's hands."""
    old = (
        select(*(of.c[name] for name in key))
        .where(of.c[age] <= BEFORE, *conditions)
        .order_by(of.c[age])
        .limit(LIMIT)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return and_(*(of.c[name] == old.c[name] for name in key))


class RetentionRepository(Repository):
    async def purge(self, rule: RetentionRule, *, before: datetime, limit: int) -> int:
        """Delete or clear the oldest rows of a rule, as old as `before` or older; tell how many."""
        values = {"before": before, "limit": limit}
        if isinstance(rule.statement, Select):
            return int(await self._session.scalar(rule.statement, values) or 0)
        result = await self._session.execute(rule.statement, values)
        return cast("CursorResult[Any]", result).rowcount


def _table(model: type[Base]) -> TableClause:
    return cast("TableClause", model.__table__)


def _key(of: TableClause) -> tuple[str, ...]:
    return tuple(each.name for each in of.primary_key)
