"""bank statements: files as they came, their lines, and for whom payers have paid before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("loaded_at", MOMENT, nullable=False),
        sa.Column("act", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bank_statements"),
        sa.UniqueConstraint("sha256", name="uq_bank_statements_sha256"),
    )
    create_lines()
    op.create_table(
        "payer_aliases",
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("learned_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name="fk_payer_aliases_organization_id_account_id",
        ),
        sa.PrimaryKeyConstraint("iban", "tax_id", name="pk_payer_aliases"),
    )


def create_lines() -> None:
    op.create_table(
        "bank_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bank_ref", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("is_reversal", sa.Boolean(), nullable=False),
        sa.Column("payer", JSONB(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("candidates", JSONB(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("assignments", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statements.id"], name="fk_bank_lines_statement_id"
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_bank_lines_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bank_lines"),
        sa.UniqueConstraint("iban", "bank_ref", name="uq_bank_lines_iban_bank_ref"),
    )
    op.create_index(
        "ix_bank_lines_open", "bank_lines", ["id"], postgresql_where=sa.text("state <> 'matched'")
    )


def downgrade() -> None:
    for table in ("payer_aliases", "bank_lines", "bank_statements"):
        op.drop_table(table)
