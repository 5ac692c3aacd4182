"""calendar links: the hash of the secret address at which a member's calendar is read."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_links",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "member_id", name="pk_calendar_links"),
        sa.ForeignKeyConstraint(
            ["organization_id", "member_id"],
            ["members.organization_id", "members.id"],
            name="fk_calendar_links_organization_id_member_id",
        ),
        sa.UniqueConstraint(
            "organization_id", "secret_hash", name="uq_calendar_links_organization_id_secret_hash"
        ),
    )


def downgrade() -> None:
    op.drop_table("calendar_links")
