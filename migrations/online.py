"""Steps for tables in use: they hold no lock for long, and may be repeated if they were cut off.

A migration that takes such steps consists of nothing else, or of steps that may be repeated too
(`if_not_exists`): what ran before the cut has been committed. docs/operations.md, "Upgrade and
rollback", is the rule, and tests/migrations/test_rules.py looks at every migration.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

AT_ONCE = 5_000
"""Rows changed in one transaction: milliseconds, so that nobody waits for its locks."""
PATIENCE = {"lock_timeout": "0", "statement_timeout": "30min"}
"""For a step that is built concurrently: it waits for others, and nobody waits for it."""


@contextmanager
def beside_the_running_service() -> Iterator[None]:
    """Run each step as a transaction of its own, and let it take its time."""
    with op.get_context().autocommit_block():
        usual = {name: _timeout(name) for name in PATIENCE}
        _set_timeouts(PATIENCE)
        try:
            yield
        finally:
            _set_timeouts(usual)


def build_index(
    name: str,
    table: str,
    columns: Sequence[str],
    *,
    where: str | None = None,
    unique: bool = False,
) -> None:
    """Build an index while others write. What an attempt that was cut off has left goes first."""
    drop_index(name, table)
    op.create_index(
        name,
        table,
        list(columns),
        unique=unique,
        postgresql_where=None if where is None else sa.text(where),
        postgresql_concurrently=True,
    )


def drop_index(name: str, table: str) -> None:
    op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)


def update_in_batches(table: str, changes: str, *, where: str, key: str = "id") -> None:
    """Change the rows that `where` finds, some at a time; `where` no longer finds a changed row."""
    batch = sa.text(
        f"UPDATE {table} SET {changes} WHERE {key} IN "  # noqa: S608 - written in the migration
        f"(SELECT {key} FROM {table} WHERE {where} LIMIT {AT_ONCE} FOR UPDATE)"
    )
    while op.get_bind().execute(batch).rowcount:
        pass


def _set_timeouts(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        op.execute(f"SET {name} = '{value}'")


def _timeout(name: str) -> str:
    return str(op.get_bind().scalar(sa.text(f"SHOW {name}")))
