"""link scopes: what a company lets another do, whom it has blocked, and who submitted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Readings that a member of one company handed in for another's account; found by the links
# between companies, of which there are few.
SUBMITTED_BY_OTHERS = """
UPDATE readings r SET submitting_organization_id = l.organization_id
  FROM account_links l
  JOIN metering_points p ON p.organization_id = l.account_organization_id
   AND p.account_id = l.account_id
  JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
  JOIN registers g ON g.organization_id = m.organization_id AND g.meter_id = m.id
 CROSS JOIN members who
 WHERE l.organization_id <> l.account_organization_id
   AND r.organization_id = g.organization_id AND r.register_id = g.id
   AND who.organization_id = l.organization_id AND who.id = r.submitted_by
"""


def upgrade() -> None:
    for table in ("account_links", "account_link_requests"):
        op.add_column(table, sa.Column("scope", sa.Text(), server_default="view", nullable=False))
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
    op.execute(SUBMITTED_BY_OTHERS)


def downgrade() -> None:
    op.drop_table("blocked_companies")
    op.drop_column("messages", "facts")
    op.drop_column("readings", "submitting_organization_id")
    op.drop_column("account_links", "first_submitted_at")
    for table in ("account_link_requests", "account_links"):
        op.drop_column(table, "scope")
