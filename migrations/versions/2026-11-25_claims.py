"""claims: what has proven a company, and for whom an operator keeps it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CLAIMED = "ix_organizations_claimed"
PATIENCE = {"lock_timeout": "0", "statement_timeout": "30min"}


def upgrade() -> None:
    op.add_column("organizations", sa.Column("ownership_proven_by", sa.Text(), nullable=True))
    op.add_column("organizations", sa.Column("reserved_for_phone", sa.Text(), nullable=True))
    op.add_column(
        "organizations", sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True)
    )
    with beside_the_running_service():
        # What an attempt that was cut off has left is not valid, and is made anew.
        op.drop_index(
            CLAIMED, table_name="organizations", if_exists=True, postgresql_concurrently=True
        )
        op.create_index(
            CLAIMED,
            "organizations",
            ["registered_at"],
            postgresql_where=sa.text("ownership_proven_at IS NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with beside_the_running_service():
        op.drop_index(
            CLAIMED, table_name="organizations", if_exists=True, postgresql_concurrently=True
        )
    op.drop_column("organizations", "reserved_until")
    op.drop_column("organizations", "reserved_for_phone")
    op.drop_column("organizations", "ownership_proven_by")


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
