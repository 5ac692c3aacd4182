"""payments: begun by members or brought by banks, what they are for, and what they settled."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_payments()
    create_targets()
    op.create_table(
        "payment_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("details", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_payment_events_payment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_events"),
    )
    op.create_index("ix_payment_events_payment", "payment_events", ["payment_id"])
    op.create_table(
        "payment_postings",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_payment_postings_payment_id"
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name="fk_payment_postings_transaction_id",
        ),
        sa.PrimaryKeyConstraint("payment_id", "transaction_id", name="pk_payment_postings"),
    )


def create_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("modified_at", MOMENT, nullable=True),
        sa.Column("poll_at", MOMENT, nullable=True),
        sa.Column("polls", sa.SmallInteger(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("matched_by", sa.Text(), nullable=True),
        sa.Column("payer", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint("amount > 0", name="ck_payments_amount_positive"),
        sa.CheckConstraint(
            "received BETWEEN 0 AND amount", name="ck_payments_received_within_amount"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_payments_organization_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
    )
    op.create_index("ix_payments_organization", "payments", ["organization_id", "id"])
    op.create_index(
        "ix_payments_poll", "payments", ["poll_at"], postgresql_where=sa.text("poll_at IS NOT NULL")
    )


def create_targets() -> None:
    op.create_table(
        "payment_targets",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("account_organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_payment_targets_amount_positive"),
        sa.ForeignKeyConstraint(
            ["account_organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name="fk_payment_targets_account_organization_id_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_payment_targets_payment_id"
        ),
        sa.PrimaryKeyConstraint("payment_id", "position", name="pk_payment_targets"),
    )
    op.create_index(
        "ix_payment_targets_account",
        "payment_targets",
        ["account_organization_id", "account_id"],
    )
    op.create_index(
        "uq_payment_targets_open_invoice",
        "payment_targets",
        ["account_organization_id", "invoice_id"],
        unique=True,
        postgresql_where=sa.text("is_open AND invoice_id IS NOT NULL"),
    )


def downgrade() -> None:
    for table in ("payment_postings", "payment_events", "payment_targets", "payments"):
        op.drop_table(table)
