"""retention: indexes by age, so that what is old is found without reading what is not."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AGES = (
    ("account_link_requests", "created_at", sa.text("confirmed_at IS NULL")),
    ("audit_events", "happened_at", None),
    ("code_challenges", "expires_at", None),
    ("invitations", "created_at", None),
    ("messages", "created_at", None),
    ("password_resets", "created_at", None),
    ("phone_changes", "created_at", None),
    ("sessions", "created_at", None),
    ("sign_ups", "created_at", None),
)
PATIENCE = {"lock_timeout": "0", "statement_timeout": "30min"}


def upgrade() -> None:
    with beside_the_running_service():
        for table, column, where in AGES:
            name = f"ix_{table}_{column}"
            # What an attempt that was cut off has left is not valid, and is made anew.
            op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                name, table, [column], postgresql_where=where, postgresql_concurrently=True
            )


def downgrade() -> None:
    with beside_the_running_service():
        for table, column, _ in AGES:
            op.drop_index(
                f"ix_{table}_{column}",
                table_name=table,
                if_exists=True,
                postgresql_concurrently=True,
            )


@contextmanager
def beside_the_running_service() -> Iterator[None]:
    """Let a step take its time: nobody waits for an index that is built concurrently."""
    with op.get_context().autocommit_block():
        usual = {name: timeout(name) for name in PATIENCE}
        set_timeouts(PATIENCE)
        yield
        set_timeouts(usual)


def set_timeouts(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        op.execute(f"SET {name} = '{value}'")


def timeout(name: str) -> str:
    return str(op.get_bind().scalar(sa.text(f"SHOW {name}")))
