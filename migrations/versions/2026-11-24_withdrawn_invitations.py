"""withdrawn invitations: an owner may take an offer back."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "invitations", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index("ix_invitations_organization", "invitations", ["organization_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_invitations_organization", table_name="invitations")
    op.drop_column("invitations", "withdrawn_at")
