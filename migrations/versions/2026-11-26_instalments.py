"""instalments: what contracts have paid before the energy of a month is known."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instalments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("day_of_month", sa.SmallInteger(), nullable=False),
        sa.Column("percent", sa.Numeric(5, 2), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("due_days", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "day_of_month BETWEEN 1 AND 31", name="ck_instalments_day_of_month_range"
        ),
        sa.CheckConstraint("due_days BETWEEN 1 AND 60", name="ck_instalments_due_days_range"),
        sa.CheckConstraint(
            "num_nonnulls(percent, amount) = 1", name="ck_instalments_percent_or_amount"
        ),
        sa.CheckConstraint("percent > 0 AND percent <= 100", name="ck_instalments_percent_range"),
        sa.CheckConstraint("amount > 0", name="ck_instalments_amount_positive"),
        sa.CheckConstraint("extract(day FROM since) = 1", name="ck_instalments_since_is_a_month"),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name="fk_instalments_organization_id_account_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "account_id", "position", name="pk_instalments"),
    )
    op.create_table(
        "planned_energy",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("eic", sa.Text(), nullable=False),
        sa.Column("kwh", sa.Integer(), nullable=False),
        sa.CheckConstraint("kwh >= 0", name="ck_planned_energy_kwh_not_negative"),
        sa.CheckConstraint(
            "extract(day FROM period) = 1", name="ck_planned_energy_period_is_a_month"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name="fk_planned_energy_organization_id_account_id",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "account_id", "period", "eic", name="pk_planned_energy"
        ),
    )


def downgrade() -> None:
    op.drop_table("planned_energy")
    op.drop_table("instalments")
