"""working calendar: days that the operator sets apart, and since when holidays are days off."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        *_who_and_why(),
        sa.PrimaryKeyConstraint("day", name="pk_calendar_days"),
    )
    op.create_table(
        "calendar_rules",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("public_holidays_apply_from", sa.Date(), nullable=True),
        *_who_and_why(),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_rules"),
        sa.CheckConstraint("id = 1", name="ck_calendar_rules_only_one"),
    )


def downgrade() -> None:
    op.drop_table("calendar_rules")
    op.drop_table("calendar_days")


def _who_and_why() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
    )
