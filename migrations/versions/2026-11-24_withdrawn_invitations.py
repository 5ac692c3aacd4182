"""withdrawn invitations: an owner may take an offer back."""

import sqlalchemy as sa
from alembic import op

from migrations.online import beside_the_running_service, build_index, drop_index

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "invitations",
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        if_not_exists=True,
    )
    with beside_the_running_service():
        build_index("ix_invitations_organization", "invitations", ["organization_id", "id"])


def downgrade() -> None:
    with beside_the_running_service():
        drop_index("ix_invitations_organization", "invitations")
    op.drop_column("invitations", "withdrawn_at", if_exists=True)
