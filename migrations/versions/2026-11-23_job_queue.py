"""job queue: PgQueuer's own tables, from its own SQL."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTALL = Path(__file__).parents[1] / "pgqueuer.sql"


def upgrade() -> None:
    for statement in INSTALL.read_text().split("\n---\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE pgqueuer, pgqueuer_log, pgqueuer_schedules, pgqueuer_statistics")
    op.execute("DROP FUNCTION fn_pgqueuer_changed")
    op.execute("DROP TYPE pgqueuer_status")
