"""invoices: documents that never change, how far each is paid, and how an account pays."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

APPEND_ONLY = ("invoices", "invoice_lines", "invoice_allocations")
TABLES = (
    "invoice_allocations",
    "invoice_parts",
    "invoice_lines",
    "invoices",
    "invoice_series",
    "payment_terms",
)


def upgrade() -> None:
    add_terms()
    add_invoices()
    add_lines()
    add_parts()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def add_terms() -> None:
    op.create_table(
        "payment_terms",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("due_days", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("due_days BETWEEN 1 AND 60", name="ck_payment_terms_due_days_range"),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name="fk_payment_terms_organization_id_account_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "account_id", name="pk_payment_terms"),
    )
    op.create_table(
        "invoice_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series", name="pk_invoice_series"),
    )


def add_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issue_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("vat_rate", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("total = net + vat", name="ck_invoices_adds_up"),
        sa.CheckConstraint(
            "(kind = 'corrective') OR total >= 0", name="ck_invoices_only_corrections_negative"
        ),
        sa.CheckConstraint("number ~ '^[!-~]{1,35}$'", name="ck_invoices_number_ascii"),
        sa.CheckConstraint("extract(day FROM period) = 1", name="ck_invoices_period_is_a_month"),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name="fk_invoices_organization_id_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "corrects_id"],
            ["invoices.organization_id", "invoices.id"],
            name="fk_invoices_organization_id_corrects_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_invoices"),
        sa.UniqueConstraint(
            "organization_id", "issue_key", name="uq_invoices_organization_id_issue_key"
        ),
        sa.UniqueConstraint("organization_id", "number", name="uq_invoices_organization_id_number"),
    )
    op.create_index(
        "ix_invoices_account", "invoices", ["organization_id", "account_id", "issued_on", "id"]
    )
    op.create_index("ix_invoices_number", "invoices", ["number"])


def add_lines() -> None:
    op.create_table(
        "invoice_lines",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("charge", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("eic", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=18, scale=3), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(precision=18, scale=9), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("basis", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("total = net + vat", name="ck_invoice_lines_adds_up"),
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["invoices.organization_id", "invoices.id"],
            name="fk_invoice_lines_organization_id_invoice_id",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "invoice_id", "position", name="pk_invoice_lines"
        ),
    )


def add_parts() -> None:
    op.create_table(
        "invoice_parts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("charge", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "paid BETWEEN least(total, 0) AND greatest(total, 0)",
            name="ck_invoice_parts_paid_within_total",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["invoices.organization_id", "invoices.id"],
            name="fk_invoice_parts_organization_id_invoice_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "invoice_id", "charge", name="pk_invoice_parts"),
    )
    op.create_table(
        "invoice_allocations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("charge", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name="ck_invoice_allocations_settles_something"),
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id", "charge"],
            ["invoice_parts.organization_id", "invoice_parts.invoice_id", "invoice_parts.charge"],
            name="fk_invoice_allocations_organization_id_invoice_id_charge",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "invoice_id",
            "charge",
            "transaction_id",
            name="pk_invoice_allocations",
        ),
    )
    op.create_index("ix_invoice_allocations_transaction", "invoice_allocations", ["transaction_id"])
