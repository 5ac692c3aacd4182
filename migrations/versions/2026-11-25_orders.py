"""orders: what customers order, with its history, messages, fee and compensation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("order_numbers")))
    op.create_table(
        "orders",
        *_key(),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("metering_point_id", sa.Uuid(), nullable=True),
        sa.Column("placed_by_organization_id", sa.Uuid(), nullable=False),
        sa.Column("placed_by_member_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("service_code", sa.Text(), nullable=False),
        sa.Column("service_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=True),
        sa.Column("only_one_for", sa.Uuid(), nullable=True),
        sa.Column("term_days", sa.Integer(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column("pauses", postgresql.JSONB(), nullable=False),
        sa.Column("due_shifted_on", sa.Date(), nullable=True),
        sa.Column("overdue_on", sa.Date(), nullable=True),
        sa.Column("lapses_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_orders"),
        _refers("orders", "accounts", "account_id"),
        _refers("orders", "metering_points", "metering_point_id"),
    )
    op.create_index("ix_orders_account", "orders", ["organization_id", "account_id"])
    op.create_index(
        "uq_orders_open",
        "orders",
        ["organization_id", "service_code", "only_one_for"],
        unique=True,
        postgresql_where=sa.text("only_one_for IS NOT NULL"),
    )
    for name, column, where in (
        ("ix_orders_number", "number", "number IS NOT NULL"),
        ("ix_orders_due", "due_shifted_on", "overdue_on IS NULL AND due_shifted_on IS NOT NULL"),
        ("ix_orders_lapsing", "lapses_on", "lapses_on IS NOT NULL"),
    ):
        op.create_index(name, "orders", [column], postgresql_where=sa.text(where))
    _history()
    _money()


def downgrade() -> None:
    for name in ("order_compensations", "order_fees", "order_messages", "order_events", "orders"):
        op.drop_table(name)
    op.execute(sa.schema.DropSequence(sa.Sequence("order_numbers")))


def _history() -> None:
    op.create_table(
        "order_events",
        *_key(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_order_events"),
        _refers("order_events", "orders", "order_id"),
    )
    op.create_table(
        "order_messages",
        *_key(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_order_messages"),
        _refers("order_messages", "orders", "order_id"),
    )
    for name in ("order_events", "order_messages"):
        op.create_index(f"ix_{name}_order", name, ["organization_id", "order_id"])


def _money() -> None:
    op.create_table(
        "order_fees",
        *_key(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_order_fees"),
        sa.UniqueConstraint(
            "organization_id", "order_id", name="uq_order_fees_organization_id_order_id"
        ),
        sa.CheckConstraint(
            "amount > 0 AND vat >= 0 AND vat < amount", name="ck_order_fees_amount_possible"
        ),
        _refers("order_fees", "orders", "order_id"),
    )
    op.create_index(
        "ix_order_fees_due",
        "order_fees",
        ["id"],
        postgresql_where=sa.text("status IN ('due', 'withdrawn', 'refund_due')"),
    )
    op.create_table(
        "order_compensations",
        *_key(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("basis", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_order_compensations"),
        sa.UniqueConstraint(
            "organization_id",
            "order_id",
            "code",
            name="uq_order_compensations_organization_id_order_id_code",
        ),
        _refers("order_compensations", "orders", "order_id"),
    )
    op.create_index(
        "ix_order_compensations_due",
        "order_compensations",
        ["id"],
        postgresql_where=sa.text("status = 'due'"),
    )


def _key() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    )


def _refers(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{other}.organization_id", f"{other}.id"],
        name=f"fk_{table}_organization_id_{column}_{other}",
    )
