"""reactive energy: equivalents of points, prices of months, the table of surcharges."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reactive_equivalents",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("eic", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("equivalent", sa.Numeric(12, 6), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.CheckConstraint("equivalent > 0", name="ck_reactive_equivalents_equivalent_positive"),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name="fk_reactive_equivalents_organization_id_account_id",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "account_id", "eic", "valid_from", name="pk_reactive_equivalents"
        ),
    )
    op.create_table(
        "reactive_prices",
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("uah_per_kwh", sa.Numeric(18, 6), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.CheckConstraint("uah_per_kwh > 0", name="ck_reactive_prices_price_positive"),
        sa.CheckConstraint(
            "extract(day FROM period) = 1", name="ck_reactive_prices_period_is_a_month"
        ),
        sa.PrimaryKeyConstraint("period", name="pk_reactive_prices"),
    )
    op.create_table(
        "reactive_surcharges",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("from_tg_phi", sa.Numeric(8, 4), nullable=False),
        sa.Column("factor", sa.Numeric(8, 4), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.CheckConstraint("from_tg_phi >= 0", name="ck_reactive_surcharges_tg_phi_not_negative"),
        sa.CheckConstraint("factor >= 1", name="ck_reactive_surcharges_factor_from_one"),
        sa.PrimaryKeyConstraint("valid_from", "from_tg_phi", name="pk_reactive_surcharges"),
    )


def downgrade() -> None:
    op.drop_table("reactive_surcharges")
    op.drop_table("reactive_prices")
    op.drop_table("reactive_equivalents")
