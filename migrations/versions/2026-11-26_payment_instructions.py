"""payment_instructions: what acquirers are to do with payments; since when a sum is held."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("payments", sa.Column("held_at", MOMENT, nullable=True))
    op.create_table(
        "payment_instructions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("received_before", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("act", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("calls", sa.SmallInteger(), nullable=False),
        sa.Column("looks", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_payment_instructions_amount_positive"),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_payment_instructions_payment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_instructions"),
    )
    op.create_index(
        "uq_payment_instructions_given",
        "payment_instructions",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("status = 'given'"),
    )
    op.create_index(
        "ix_payment_instructions_due",
        "payment_instructions",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("payment_instructions")
    op.drop_column("payments", "held_at")
