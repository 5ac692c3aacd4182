"""penalties: discount rates of the National Bank, and days that an act leaves free."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "discount_rates",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("percent", sa.Numeric(6, 3), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.CheckConstraint("percent > 0", name="ck_discount_rates_percent_positive"),
        sa.PrimaryKeyConstraint("valid_from", name="pk_discount_rates"),
    )
    op.create_table(
        "penalty_moratoria",
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.CheckConstraint("first <= last", name="ck_penalty_moratoria_first_before_last"),
        sa.PrimaryKeyConstraint("first", name="pk_penalty_moratoria"),
    )


def downgrade() -> None:
    op.drop_table("penalty_moratoria")
    op.drop_table("discount_rates")
