"""frozen cabinets: an owner keeps everybody else out, and sees what a reset has ended."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "members", sa.Column("cabinet_frozen_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("members", sa.Column("ended_at_reset", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("members", "ended_at_reset")
    op.drop_column("members", "cabinet_frozen_at")
