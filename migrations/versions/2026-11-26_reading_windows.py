"""reading windows: what the operator says of them, and the group of accounts that it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "accounts",
        sa.Column("window_group", sa.Text(), nullable=False, server_default="usual"),
    )
    op.create_table(
        "reading_windows",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_group", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("is_standing", sa.Boolean(), nullable=False),
        sa.Column("opens_days_before", sa.SmallInteger(), nullable=True),
        sa.Column("closes_on_day", sa.SmallInteger(), nullable=True),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_reading_windows"),
        sa.CheckConstraint(
            "extract(day FROM period) = 1", name="ck_reading_windows_period_is_a_month"
        ),
        sa.CheckConstraint(
            "opens_on <= closes_on", name="ck_reading_windows_opens_before_it_closes"
        ),
        sa.CheckConstraint(
            "num_nonnulls(opens_on, closes_on) IN (0, 2)"
            " AND num_nonnulls(opens_days_before, closes_on_day) IN (0, 2)",
            name="ck_reading_windows_days_are_pairs",
        ),
        sa.CheckConstraint(
            "CASE WHEN is_standing THEN opens_on IS NULL ELSE opens_days_before IS NULL END",
            name="ck_reading_windows_days_of_its_kind",
        ),
    )


def downgrade() -> None:
    op.drop_table("reading_windows")
    op.drop_column("accounts", "window_group")
