"""devices: sessions know their device by a token, who refreshed last, and why they ended."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS = (
    ("device_hash", sa.LargeBinary()),
    ("end_reason", sa.Text()),
    ("predecessor", sa.Integer()),
    ("rotated_by", sa.LargeBinary()),
)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("sessions", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name, _ in reversed(COLUMNS):
        op.drop_column("sessions", name)
