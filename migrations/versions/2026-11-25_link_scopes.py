"""link scopes: what a company lets another do, whom it has blocked, and who submitted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("account_links", "account_link_requests"):
        op.add_column(table, sa.Column("scope", sa.Text(), nullable=True))
    op.add_column(
        "account_links",
        sa.Column("first_submitted_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.add_column("readings", sa.Column("submitting_organization_id", sa.Uuid(), nullable=True))
    op.add_column("messages", sa.Column("facts", postgresql.JSONB(), nullable=True))
    op.create_table(
        "blocked_companies",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name="fk_blocked_companies_organization_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "tax_id", name="pk_blocked_companies"),
    )


def downgrade() -> None:
    op.drop_table("blocked_companies")
    op.drop_column("messages", "facts")
    op.drop_column("readings", "submitting_organization_id")
    op.drop_column("account_links", "first_submitted_at")
    for table in ("account_link_requests", "account_links"):
        op.drop_column(table, "scope")
