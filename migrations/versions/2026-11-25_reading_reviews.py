"""What the operator decides about a reading."""

import sqlalchemy as sa
from alembic import op

from migrations.online import beside_the_running_service, build_index, drop_index

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

COLUMNS = (
    ("review_outcome", sa.Text()),
    ("review_reason", sa.Text()),
    ("reviewed_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("readings", sa.Column(name, kind, nullable=True), if_not_exists=True)
    with beside_the_running_service():
        build_index(
            "ix_readings_in_review",
            "readings",
            ["submitted_at", "id"],
            where="status = 'in_review'",
        )


def downgrade() -> None:
    with beside_the_running_service():
        drop_index("ix_readings_in_review", "readings")
    for name, _ in COLUMNS:
        op.drop_column("readings", name, if_exists=True)
